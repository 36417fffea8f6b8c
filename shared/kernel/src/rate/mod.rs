//! Rate limits: a sliding window over counts in the store, and leases of large limits.
//!
//! What is counted for whom ([`Subject`], [`Target`], [`Mailbox`]), how much is admitted ([`Limit`], [`Rate`]), and what one
//! request met ([`Tally`]). Requests are admitted in [`http::rate`](crate::http::rate).

pub(crate) mod counter;
pub mod keys;
mod lease;
mod limit;
mod mailbox;
mod subject;
mod tally;
mod window;

pub(crate) use lease::Draw;
pub use lease::Leases;
pub use limit::Limit;
pub use mailbox::MailboxLimits;
pub use subject::{Counted, Mailbox, Subject, Target};
pub use tally::Tally;
pub(crate) use tally::set_headers;
pub(crate) use window::Look;
pub use window::{Rate, RateMalformed};
