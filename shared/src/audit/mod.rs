//! The audit log: what happened to an account, when, and from where. Rows are written and read, never changed: no
//! function's policy lets it update or delete one.

mod domain;
mod event;
pub mod list;
pub mod mails;
mod notice;
mod personal_data;
mod raise;
mod row;
mod words;

pub use domain::DOMAIN;
pub use event::{Changes, Event};
pub use notice::Notice;
pub use personal_data::Audit as PersonalData;
pub use raise::{
    many_failed_factors, many_failed_sign_ins, many_sign_ins_from_address, many_wrong_passwords, new_country,
};
pub(crate) use row::erased;
pub use row::{Actor, AuditRow, Entry, record_failed_factor, record_failed_login, row, row_by_operator};
pub use words::{ActorKind, EventName, Factor, Outcome, Suspicion};
