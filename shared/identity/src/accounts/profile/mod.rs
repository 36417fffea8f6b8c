//! The profile: what a person tells of themself besides names and address, and what they agreed to.
//!
//! A profile is there from the account's first moment: one that was never written reads as an empty one. The consent
//! to marketing mail is kept on the account, which the registration writes; everything else has an item of its own.

pub mod change;
mod field;
mod locale;
mod store;

pub use field::{Field, FieldInvalid};
pub(super) use store::{PhoneClaimRow, account_with_phone};
pub use store::{Profile, profile_of};
