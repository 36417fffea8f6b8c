//! Secrets at rest: as digests where a comparison is enough, sealed where the value is needed again.
//!
//! Nothing in this module shows a secret in its `Debug` or `Display`; where one must leave (into a mail, into an
//! answer) a method says so by name. Only key material serialises, to the file or secret that it rests in.

mod code;
mod digest;
mod mac;
mod material;
mod sealing;
mod token;

pub use code::{Code, CodeDigest};
pub use digest::Digest;
pub use mac::mac;
pub use material::create_missing;
pub(crate) use material::read;
pub use material::{
    KeyMaterial, MaterialError, PepperMaterial, SealingMaterial, SigningKey, SigningMaterial, SigningState,
};
pub use sealing::{Sealed, Sealer, SealingError};
pub use token::{OpaqueToken, TokenKind, TokenMalformed};
