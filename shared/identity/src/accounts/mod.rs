//! Accounts: who a person is to us, and how one comes into being.
//!
//! A registration is no account. It waits in the ephemeral table until the address is proven with the mailed code
//! ([`verify_email`]) or link ([`confirm_by_link`]); only then, in one transaction, does the account exist. Two
//! people who register one address hold two registrations, and neither's code opens the other's.

mod account;
mod account_holder;
pub mod ask_for_reset;
pub mod ask_for_sign_in_code;
mod breached_passwords;
pub mod change_password;
pub mod code_flow;
mod code_request;
pub mod codes;
pub mod config;
pub mod confirm_by_link;
pub mod consent;
mod domain;
mod email;
pub mod email_change;
pub(crate) mod events;
mod factor;
pub mod find;
mod id;
mod imported_hash;
pub mod keys;
pub mod look_at_link;
pub mod mailed_code;
pub mod mails;
pub mod metrics;
mod name;
mod nobody;
mod open_account;
mod operator;
mod password;
mod password_hasher;
mod password_policy;
mod personal_data;
pub mod profile;
mod proof_mail;
mod provider_name;
mod public_user;
pub mod register;
mod register_by_provider;
mod registration;
mod registration_store;
pub mod rename;
pub mod resend;
mod reserved;
pub mod reset_password;
mod retention;
mod set_password;
mod store;
pub mod suspend;
mod user;
mod username;
pub mod verify_email;

pub use account::{Account, Deletion, Suspended};
pub use account_holder::AccountHolder;
pub use ask_for_reset::{ResetLink, ResetToken};
pub use ask_for_sign_in_code::SignInToken;
pub use domain::DOMAIN;
pub use email::{EmailAddress, EmailInvalid};
pub use factor::{Enrolled, Factor, Factors};
pub use id::{AccountId, ConsentId, PasskeyId, RegistrationId};
pub use imported_hash::ImportRefused;
pub use name::{Name, NameInvalid};
pub use nobody::nobody_behind;
pub(crate) use open_account::{Claims, come_into_being};
pub use operator::ActError;
pub(crate) use operator::act;
pub use password::{Password, PasswordInvalid};
pub use password_hasher::{HashedPassword, PasswordHasher, TakeOverError, Verdict};
pub use password_policy::{PasswordPolicy, Weakness};
pub use personal_data::Accounts as PersonalData;
pub(crate) use personal_data::claim_on_address;
pub use provider_name::ProviderName;
pub use public_user::PublicUser;
pub(crate) use register_by_provider::{Begun, ByProvider, ask_for_proof};
pub use registration::{ConfirmLink, PendingLogin, RegistrationToken};
pub use reserved::ReservedUsernames;
pub(crate) use store::{
    Availability, availability, bring_deletion_forward, change, claimed_by, close_exports, count_sign_in,
    disown_device, forget_disowned, read, record_sign_in, rehash, remember_country, restore, restore_signed_out,
    schedule_deletion, set_factors, touch, unless_disowned, without_deletion,
};
pub use store::{Behind, Login, behind, by_id, end_sessions};
pub use user::User;
pub use username::{Username, UsernameInvalid};
