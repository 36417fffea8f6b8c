//! Erasing a person: everything that any domain keeps, in chunks, until nothing is left but the certificate and the lines
//! of the audit log, which go on without the person.
//!
//! ```text
//!  due --> request PROCESSING, tally begun   (one transaction; a cancellation and this exclude each other)
//!      --> exports and their files
//!      --> what each domain keeps elsewhere
//!      --> the person's partitions of both tables, but for the account
//!      --> lines of the audit log, to which nobody adds any more
//!      --> account, address, tally, job gone; certificate and last mail written   (one transaction)
//! ```
//!
//! Every step finds what is left, so whoever goes on after a crash begins at the top.

mod carry_out;
mod certificate;

pub(super) use carry_out::carry_out;
pub use certificate::{Certificate, certificate};
