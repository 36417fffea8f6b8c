//! Privacy: what people ask us to do with their data.
//!
//! A data request is written down in the transaction of what it begins. An export becomes a job, and then a file that a
//! mailed link leads to ([`export`]). Deleting one's account is one too: the account vanishes at once, and until the grace
//! ends its person can sign in to take it back, or open the mailed link. Then it is erased ([`erase`]). What there is of a
//! user, and how each kind of it is exported and erased, every domain says itself ([`PersonalData`]); the registry lists them.
//!
//! [`PersonalData`]: latchkey_kernel::personal_data::PersonalData

pub mod cancel_deletion;
pub mod codes;
pub mod config;
mod data_request;
pub mod delete_account;
mod domain;
pub mod erase;
pub(crate) mod events;
pub mod export;
mod id;
pub mod keys;
mod listing;
pub mod mails;
pub mod metrics;
mod personal_data;
pub mod request_deletion;
pub mod request_export;
mod retention;
mod store;
mod worker;

pub use data_request::{DataRequest, Notes, NotesInvalid, RequestType, Status};
pub use domain::DOMAIN;
pub use id::DataRequestId;
pub use listing::{Listed, Which, find_anybodys, page_of_all};
pub use personal_data::Privacy as PersonalData;
pub use store::{find, page};
