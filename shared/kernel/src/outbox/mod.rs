//! The outbox: mails and jobs that were decided on, written in the transaction of the fact that justifies them.
//!
//! An item waits, is claimed for two minutes by whoever is about to send it, and is deleted by the write that
//! marks it done. It goes out at least once; twice only if that write, or the answer of SES before it, is lost.
//! [`Mailer::deliver`] is the stream's side, [`redrive()`] the schedule's, for what the stream lost or could not send.
//!
//! ```text
//!            claim                  sent
//! pending ----------> claimed ---------------> (deleted)
//!  |  ^                ^ |
//!  |  '---- not now ---|-'--- never, too old --> dead --14 days--> (TTL)
//!  '---> redriven -----'
//!  five minutes old
//! ```

mod batch;
mod deliver;
mod id;
mod item;
mod job;
pub mod keys;
mod redrive;

pub use batch::batch;
pub use deliver::{Delivery, Mailer};
pub use id::OutboxId;
pub use item::{Cause, KEPT, mail_of_job};
pub use item::{OutboxItem, mail, to_nobody};
pub use job::{Carried, Carrying, ClaimError, ClaimedJob, JobKind, JobWorker};
pub use job::{job, job_key};
pub use redrive::{Redriven, redrive};
