//! Sessions: a person signed in on a device, the two tokens that show it, and how it ends.
//!
//! ```text
//!     sign in, second step, verify e-mail
//!                       |
//!                       v       refresh (rotates the refresh token)
//!                    alive <----.
//!                       |  '----'
//!   sign out, reuse,    |
//!   epoch raised,       |
//!   idle, absolute end  v
//!                     ended -- 30 days after its absolute end --> (TTL)
//! ```

pub mod access_token;
pub mod authenticate;
mod begin;
pub mod codes;
pub mod config;
mod discovery;
mod domain;
pub mod end_all;
pub mod end_by_link;
pub mod end_other_sessions;
pub mod end_session;
pub(crate) mod events;
mod guess;
mod id;
pub mod inspect;
mod jwk;
pub mod keys;
pub mod known_device;
pub mod list;
pub mod mails;
pub mod metrics;
pub mod name_device;
mod personal_data;
pub mod refresh;
pub mod refresh_token;
mod retention;
mod session;
pub mod sign_in;
mod sign_in_answer;
pub mod sign_in_by_code;
pub mod sign_in_by_passkey;
pub mod sign_out;
mod signing;
pub mod step_up;
pub mod store;
mod suspicions;
mod token_response;

pub use access_token::{AccessTokens, Claims, TokenIssuer};
pub use authenticate::{EvenLeaving, SignedIn};
pub(crate) use begin::{Beginning, begin, go_on};
pub use begin::{Entry, FirstFactor, NextStep};
pub use discovery::{DiscoveryDocument, discovery_document};
pub use domain::DOMAIN;
pub(crate) use guess::{forget_guesses_at, forgive};
pub use id::SessionId;
pub use jwk::{Jwk, KeySet};
pub use known_device::{DeviceIs, DeviceToken, EndLink};
pub(crate) use known_device::{KNOWN_FOR, arrive};
pub use personal_data::Sessions as PersonalData;
pub use refresh_token::{RefreshToken, RefreshTokens};
pub use session::{DeviceName, NewSession, Session};
pub use sign_in_answer::SignInAnswer;
pub use signing::{KeyGenerationFailed, SigningMaterial, SigningStep};
pub use token_response::{TokenResponse, TokensIn, known_device_cookie, shown_by_device};
