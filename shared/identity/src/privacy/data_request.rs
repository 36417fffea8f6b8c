//! What a person asked us to do with their data, and how far we are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::DataRequestId;
use crate::accounts::AccountId;
use latchkey_kernel::clock::Timestamp;

/// A person's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataRequest {
    /// Its id.
    pub id: DataRequestId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What is asked for.
    pub request_type: RequestType,
    /// How far it is.
    pub status: Status,
    /// What its person said of it.
    pub notes: Option<String>,
    /// What became of it, in words.
    pub outcome: Option<String>,
    /// When we began to carry it out.
    pub started_at: Option<Timestamp>,
    /// When it was carried out, could not be, or was taken back.
    pub finished_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
    /// The account's `export_epoch` when it was made: an export is carried out and opens only while the account has it.
    pub export_epoch: u32,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RequestType {
    /// That everything that we know of its person is packed, to be downloaded.
    Export,
    /// That the account and everything of its person is erased.
    Delete,
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It waits. A deletion that waits is in its grace, or due.
    Pending,
    /// It is being carried out.
    Processing,
    /// It was carried out.
    Completed,
    /// It could not be carried out.
    Failed,
    /// Its person took it back.
    Cancelled,
}

impl RequestType {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Export, Self::Delete];

    /// The name that rows and answers carry.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Export => "EXPORT",
            Self::Delete => "DELETE",
        }
    }
}

impl DataRequest {
    /// A request that is made now.
    pub(super) fn new(
        id: DataRequestId,
        account: AccountId,
        request_type: RequestType,
        notes: Option<Notes>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            account_id: account,
            request_type,
            status: Status::Pending,
            notes: notes.map(|notes| notes.0),
            outcome: None,
            started_at: None,
            finished_at: None,
            created_at: now,
            updated_at: now,
            export_epoch: 0,
        }
    }
}

/// What a person says of a request: at most 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes(String);

/// The text cannot be a request's notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Notes have 1 to 500 characters, without control characters but for ends of lines.")]
pub struct NotesInvalid;

impl Notes {
    /// Reads notes; white space around them does not count.
    pub fn parse(typed: &str) -> Result<Self, NotesInvalid> {
        let text = typed.trim().replace("\r\n", "\n");
        let fits = (1..=500).contains(&text.chars().take(501).count());
        let plain = !text.contains(|c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}'));
        if fits && plain { Ok(Self(text)) } else { Err(NotesInvalid) }
    }
}

impl Status {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Processing, Self::Completed, Self::Failed, Self::Cancelled];

    /// The name that rows and answers carry.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Processing => "PROCESSING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_a_few_lines() {
        assert_eq!(Notes::parse(" one\r\ntwo ").unwrap().0, "one\ntwo");
        let (longest, longer) = ("x".repeat(500), "x".repeat(501));
        assert!(Notes::parse(&longest).is_ok());
        for wrong in ["", "  ", "a\u{0}b", "a\u{1b}[2J", "a\u{2028}b", &longer] {
            assert_eq!(Notes::parse(wrong), Err(NotesInvalid), "{wrong:?}");
        }
    }

    #[test]
    fn a_kind_and_a_status_are_written_as_they_are_read() {
        for status in Status::ALL {
            assert_eq!(serde_json::json!(status), status.name());
        }
        for kind in RequestType::ALL {
            assert_eq!(serde_json::json!(kind), kind.name());
        }
    }
}
