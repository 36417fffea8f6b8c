//! How long registrations are kept.

use jiff::SignedDuration;

use crate::app::App;
use latchkey_kernel::personal_data::retention::{RemovedBy, Rule};

/// The rules of this domain.
pub(super) const RETENTION: &[Rule<App>] = &[Rule {
    what: "Registrations that nobody confirmed",
    period: |_| SignedDuration::from_hours(24),
    counted_from: "the registration",
    variable: None,
    removed_by: RemovedBy::DynamoDb,
}];
