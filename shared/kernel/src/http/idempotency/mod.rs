//! `Idempotency-Key`: a POST that creates or mails may be sent again without being done again
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! Every POST route says what the header means to it: it *accepts* keys, *refuses* them because its
//! answer carries tokens, or *ignores* them for a reason. A request without the header costs nothing. One with it
//! costs two writes more, and a read where the person is signed in.
//!
//! - **Whose key it is.** Of a signed-in person: the account's, whichever session asks. Of anybody else: the address
//!   block's, and the body's. Addresses are shared and keys can be guessed, so the answer is told only to a request
//!   with the very body that was answered, which for a registration holds its password: whoever can send it knows
//!   as much as whoever sent it first. Who comes back from another network is a new caller, as if without a key.
//! - **What is kept**, for a day, is the answer, sealed (it may hold a registration's token) and bound to its key and
//!   its body; of the request only MACs. Failures of ours, 429, and 401 and 403 are not kept: there the same request
//!   may well succeed later.
//! - **Two at once.** The first holds a lease that outlasts the function; others are told 409. A process that dies
//!   leaves the key locked for that long and no longer. If it died between the act and the note of it, the act
//!   happens again: what may happen only once has a condition of its own.

mod caller;
mod declaration;
pub mod keys;
mod layer;
mod record;

pub use caller::{Anybody, Caller};
#[cfg(test)]
pub(crate) use record::LIFE;
