//! The workers.

mod feedback;
mod outbox;
