//! Second factors: what a person shows besides a password, so that a password that was stolen opens nothing.
//!
//! ```text
//!                       none asked for, none there
//!   password, or ------------------------------------------> session
//!   mailed code  \                                              ^
//!                 \-- the account has one ----> second step ----+  ([`second_step`])
//!                  \                                            |
//!                   '-- it must have one -----> enrolment ------'  ([`totp::confirm`])
//! ```
//!
//! What waits between the steps is a [`challenge`]: its token is good for that step and for nothing else. Every proof
//! of a factor, for whatever act, goes through `proof`: it is counted against one limit of failures (`lockout`)
//! before it is looked at, and is spent by a condition in the transaction of the act that it allows.
//!
//! A passkey is also a way in by itself ([`passkeys`]), past all of this: it is two factors in one.
//!
//! A factor is a variant of [`Factor`](crate::accounts::Factor) and of [`Proof`], and a folder.

pub mod challenge;
pub mod codes;
pub mod config;
mod domain;
mod enroller;
pub(crate) mod events;
mod id;
pub mod keys;
mod lockout;
pub mod mails;
pub mod overview;
pub mod passkeys;
mod personal_data;
mod policy;
mod proof;
pub mod recovery_codes;
pub mod reset;
pub mod second_step;
pub mod totp;

pub use challenge::{EnrolmentToken, SecondStepToken};
pub use domain::DOMAIN;
pub use enroller::{Enroller, EnrollerError};
pub use id::{ChallengeId, TotpEnrolmentId};
pub use personal_data::Mfa as PersonalData;
pub use policy::Required;
pub use proof::{Proof, ProofError};
pub(crate) use proof::{give_back, prove};
