//! What a person asked us to do with their data, and how far we are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::id::{AccountId, DataRequestId};

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
    /// What there is to say of it.
    pub notes: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RequestType {
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

impl Status {
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
    fn a_status_is_written_as_it_is_read() {
        for status in [Status::Pending, Status::Processing, Status::Completed, Status::Failed, Status::Cancelled] {
            assert_eq!(serde_json::json!(status), status.name());
        }
    }
}
