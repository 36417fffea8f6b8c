//! Privacy: what people ask us to do with their data.
//!
//! A data request is written down in the transaction of what it begins. Deleting one's account is one: the account
//! vanishes at once, and until the grace ends its person can sign in to take it back, or open the mailed link.

pub mod cancel_deletion;
mod data_request;
pub mod mails;
mod personal_data;
pub mod request_deletion;
mod store;

pub use data_request::{DataRequest, RequestType, Status};
pub use personal_data::ENTITIES as PERSONAL_ENTITIES;
pub use store::{find, page};
