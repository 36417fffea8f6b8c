//! What happens to requests about a user's data, as the audit log records it.

use super::DataRequestId;
use crate::audit::{Event, Factor};
use latchkey_kernel::telemetry::EventKind;

latchkey_kernel::event_kinds! {
    /// A user asked to delete the account.
    DATA_DELETE_REQUESTED =
        EventKind::new("DATA_DELETE_REQUESTED", "The deletion of the account was asked for");
    /// A user took that back.
    DATA_DELETE_CANCELLED =
        EventKind::new("DATA_DELETE_CANCELLED", "The deletion of the account was taken back");
    /// A user asked for an export of their data.
    DATA_EXPORT_REQUESTED = EventKind::new("DATA_EXPORT_REQUESTED", "An export of all data was asked for");
    /// An export was downloaded with its link.
    DATA_EXPORT_DOWNLOADED =
        EventKind::new("DATA_EXPORT_DOWNLOADED", "An export was downloaded with its mailed link").by_others();
    /// The account was erased.
    ACCOUNT_DELETED = EventKind::new("ACCOUNT_DELETED", "The account was erased").by_others();
}

/// A user asked to delete the account.
pub(crate) fn deletion_requested(request: DataRequestId) -> Event {
    Event::of(&DATA_DELETE_REQUESTED).with("request", request)
}

/// A user took that back: in a `session`, with the `link`, or by taking the account back with `password_reset`,
/// `email_change_undone` or `sign_in_disowned`.
pub(crate) fn deletion_cancelled(request: DataRequestId, by: &'static str) -> Event {
    let shown = (by == "link").then_some(Factor::MailedLink);
    Event::of(&DATA_DELETE_CANCELLED).shown(shown).with("request", request).with("by", by)
}

/// A user asked for an export of their data.
pub(crate) fn export_requested(request: DataRequestId) -> Event {
    Event::of(&DATA_EXPORT_REQUESTED).with("request", request)
}

/// The export that answers a request was downloaded with its link.
pub(crate) fn export_downloaded(request: DataRequestId) -> Event {
    Event::of(&DATA_EXPORT_DOWNLOADED).shown(Factor::MailedLink).with("request", request)
}

/// The account was erased.
pub(crate) fn account_deleted() -> Event {
    Event::of(&ACCOUNT_DELETED)
}
