//! Secrets at rest: as digests where a comparison is enough, sealed where the value is needed again.
//!
//! Nothing in this module shows a secret in its `Debug` or `Display`; where one must leave (into a mail, into an
//! answer) a method says so by name. Only key material serialises, to the file or secret that it rests in.

mod code;
mod digest;
mod held;
mod key_material;
mod mac;
mod macs;
mod material;
mod providers;
mod ring;
mod sealing;
mod secrets;
mod source;
mod token;

pub use crate::fault::{SealingError, SecretError};
pub use code::{Code, CodeDigest};
pub use digest::Digest;
pub use held::{FromSecret, Held};
pub use key_material::KeyMaterial;
pub use mac::{mac, mac_text};
pub use macs::{Macs, TagKeys};
pub use material::{MacsMaterial, Pepper, SealingMaterial, split_older_sealing};
pub use providers::{FacebookClient, GitHubClient, GoogleClient, MaxMindAccount, OpenIdClient, Providers, SecretText};
pub use ring::{Ring, RingStep};
pub use sealing::{Sealed, Sealer};
pub use secrets::{SERVE_FOR, Secrets};
pub use source::{SECRET_TIMEOUT, SecretSource, SecretsAt};
pub use token::{OpaqueToken, TokenKind, TokenMalformed};
