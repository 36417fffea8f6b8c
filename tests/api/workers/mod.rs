//! The workers.

mod feedback;
mod migrations;
mod outbox;
