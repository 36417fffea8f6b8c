//! The audit log: what happened to an account, when, and from where. Rows are written and read, never changed.

mod event;
mod personal_data;
mod row;

pub use event::{Changes, Event};
pub use personal_data::ENTITIES as PERSONAL_ENTITIES;
pub use row::{record_failed_login, row};
