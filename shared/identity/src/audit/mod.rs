//! The audit log: what happened to an account, when, and from where. Rows are written and read, never changed: no
//! function's policy lets it update or delete one.
//!
//! The log owns the form of its rows. Which events there are, each domain says in its `events.rs`. The log imports no
//! domain: its readers hand it the registry's kinds of events.

pub mod config;
mod domain;
mod event;
pub mod events;
mod id;
pub mod keys;
pub mod list;
pub mod metrics;
mod notice;
mod personal_data;
mod raise;
mod retention;
mod row;
mod suspicion;
mod words;

pub use domain::DOMAIN;
pub use event::{Changes, Event};
pub use id::AuditId;
pub use notice::Notice;
pub use personal_data::Audit as PersonalData;
pub use raise::{note, tell};
pub use row::{Actor, AuditRow, Entry, record, row, row_by_operator, row_of_erased};
pub use suspicion::Suspicion;
pub use words::{ActorKind, EventName, Factor, Outcome};
