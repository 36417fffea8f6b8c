//! Exports: everything that we know of a person, packed into a file of the bucket that a mailed link leads to.
//!
//! ```text
//!  asked for --> job --> PROCESSING --> upload, part by part --> complete --> COMPLETED, link mailed --> forgotten
//!                 ^          |               |                       |          (one transaction)        after 7 days
//!                 '----------'---------------'-----------------------'
//!                      whatever breaks: parts aborted, begun again
//! ```

mod carry_out;
mod clear_away;
pub mod download;
mod store;

pub(super) use carry_out::{Failure, carry_out, clean_up, close, give_up};
pub use clear_away::clear_away;
pub(super) use store::page as exports_of;
