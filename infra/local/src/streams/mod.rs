//! DynamoDB streams as Lambda reads them: filters, batches, partial failures, retries and dead letters.

mod delivery;
mod pattern;
mod reader;

pub use delivery::{DeadLetter, Delivery, Outcome};
pub use pattern::{Pattern, PatternError};
pub use reader::{records_after, sequence_number};

use serde_json::Value;

use crate::template::StreamMapping;

impl StreamMapping {
    /// Whether the function gets to see this record.
    pub fn wants(&self, record: &Value) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }
}
