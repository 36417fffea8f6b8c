//! Signing in by a provider: Google, GitHub, Facebook, and any issuer of OpenID Connect.
//!
//! ```text
//!  begin ──> the provider ──> callback ──> exchange ─┐
//!  (state)                    (identity)   (code)    ├─> enter: signs in, links, makes an account, or
//!             sign_in_by_credential ─────────────────┘   has an email address proven first (`prove_email`)
//!             connect, disconnect, accounts: by a person who is signed in
//! ```
//!
//! Who somebody is, is issuer and subject, never a mail address. An address decides only whether a person who is new by a
//! provider gets a new account, is given one that is there (`enter`), or must sign in first and connect; and one that the
//! provider does not vouch for decides nothing.

mod accounts;
mod ask;
mod authority;
mod begin;
mod callback;
pub mod codes;
pub mod config;
mod connect;
mod create;
mod disconnect;
mod domain;
mod enter;
pub(crate) mod events;
mod exchange;
mod exchange_challenge;
mod facebook;
mod github;
mod google;
mod id;
mod identity;
pub mod keys;
mod link;
pub mod mails;
pub mod metrics;
mod openid;
mod pending_identity;
mod personal_data;
mod prove_email;
mod provider;
mod providers;
mod sign_in_by_credential;
mod spending;
mod store;
mod username;
mod visit;

pub use accounts::{ConnectedOrNot, ConnectedProvider, Status, list, status};
pub use ask::ProviderError;
pub use begin::{BeginError, Departed, begin};
pub use callback::{Arrival, Returned, callback};
pub use connect::{ConnectError, begin_connecting, connect};
pub use disconnect::{DisconnectError, disconnect};
pub use domain::DOMAIN;
pub use enter::{EnterError, Entered, Newcomer};
pub use exchange::{Exchange, ExchangeError, exchange};
pub use exchange_challenge::{ChallengeMalformed, ExchangeChallenge, ExchangeVerifier};
pub use id::{ProviderVisitId, SocialLinkId};
pub(crate) use pending_identity::{Connection, waiting};
pub use personal_data::Social as PersonalData;
pub use prove_email::{EmailToProve, NameEmailError, name_email};
pub use provider::{Credential, Provider};
pub use providers::Providers;
pub use sign_in_by_credential::{SignInByCredentialError, sign_in_by_credential};
pub(crate) use store::{LinkRow, links};
pub use visit::{BROWSER_LIFE, BrowserToken, ExchangeCode, StateToken};
