//! What an operator sets of people's data: how long a deletion can be taken back, where exports lie and for how long.

use jiff::SignedDuration;

use latchkey_kernel::config::{ConfigError, Configured, RATE_FACTOR, ReadBy, SectionShape, Values, days};
use latchkey_kernel::http::rate::Limit;
use latchkey_kernel::section;

/// The sections of privacy.
pub const SECTIONS: &[SectionShape] = &[DELETION, DATA_REQUESTS, EXPORTS];

section! {
    /// Deleting the own account.
    DELETION: "deletion", ReadBy::Only(&["account", "privacy", "front"]), also [RATE_FACTOR];
    DELETION_GRACE_DAYS = Some("14"), 2, "An account is deleted so many days after its person asked for it, 0 to 90; until then it can be taken back.";
    RATE_DELETION = Some("5/day"), 10, "Deletions of the own account asked for per person.";
}

section! {
    /// Asking for the own data, or for its end.
    DATA_REQUESTS: "data requests", ReadBy::Only(&["privacy", "front"]), also [RATE_FACTOR];
    EXPORT_PREFIX = Some("user_exports/"), 100, "What the keys of exports in the bucket begin with: letters, digits, `_`, `-` and `/`, with a slash at the end.";
    RATE_DATA_REQUESTS = Some("2/day"), 10, "Exports and deletions asked for as data requests, per person.";
}

section! {
    /// How long exports are kept.
    EXPORTS: "exports", ReadBy::Only(&["exporter"]), also [];
    EXPORT_RETENTION_DAYS = Some("7"), 2, "An export and its link are there for so many days, 1 to 30.";
}

/// Deleting the own account.
#[derive(Debug, Clone, Copy)]
pub struct Deletion {
    /// How long it can be taken back.
    pub grace: SignedDuration,
    /// Deletions asked for per user.
    pub limit: Limit,
}

/// Asking for the own data, or for its end.
#[derive(Debug, Clone)]
pub struct DataRequests {
    /// What the keys of exports in the bucket begin with.
    pub export_prefix: String,
    /// Requests per user.
    pub limit: Limit,
}

/// How long exports are kept.
#[derive(Debug, Clone, Copy)]
pub struct Exports {
    /// For how long.
    pub kept: SignedDuration,
}

impl Configured for Deletion {
    const SHAPE: SectionShape = DELETION;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            grace: days(read.number(&DELETION_GRACE_DAYS, 0..=90, "0 to 90")?),
            limit: read.limit("deletion", &RATE_DELETION)?,
        })
    }
}

impl Configured for DataRequests {
    const SHAPE: SectionShape = DATA_REQUESTS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let expected = "letters, digits, _, - and /, with a slash at the end and none at the beginning, and not geo/";
        Ok(Self {
            export_prefix: read.parsed(&EXPORT_PREFIX, expected, |text| is_prefix(text).then(|| text.to_owned()))?,
            limit: read.limit("data_requests", &RATE_DATA_REQUESTS)?,
        })
    }
}

impl Configured for Exports {
    const SHAPE: SectionShape = EXPORTS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { kept: days(read.number(&EXPORT_RETENTION_DAYS, 1..=30, "1 to 30")?) })
    }
}

/// Whether keys may begin so: nothing that an address would have to encode, no empty folder, and not where the database
/// of places lies, which whoever forgets exports must not be able to delete.
fn is_prefix(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
    let folders = text.ends_with('/') && !text.starts_with('/') && !text.contains("//");
    text.len() <= 100 && folders && !text.starts_with("geo/") && text.chars().all(fits)
}
