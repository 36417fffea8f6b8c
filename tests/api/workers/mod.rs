//! The workers.

mod feedback;
mod migrations;
mod outbox;
mod update_places;
