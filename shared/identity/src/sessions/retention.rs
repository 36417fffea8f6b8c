//! How long ended sessions are kept.

use super::KNOWN_FOR;
use crate::app::App;
use latchkey_kernel::personal_data::retention::{RemovedBy, Rule};

/// The rules of this domain.
pub(super) const RETENTION: &[Rule<App>] = &[Rule {
    what: "Sessions that have ended, however they ended, and what makes their device known",
    period: |_| KNOWN_FOR,
    counted_from: "the sign-in, and at least 30 days more than a session lives (REFRESH_ABSOLUTE_DAYS)",
    variable: None,
    removed_by: RemovedBy::DynamoDb,
}];
