//! The workers.

mod outbox;
