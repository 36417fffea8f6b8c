//! The keys of the audit log. Its rows lie in partitions of their own, a month of a user or a day of anonymous events each.

use super::AuditId;
use crate::accounts::AccountId;
use crate::accounts::keys::partition;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Key, Range, shard_of};
use latchkey_kernel::entities;

/// How many partitions a day's anonymous audit events are spread over.
pub const ANONYMOUS_SHARDS: u8 = 8;

entities! {
    AUDIT_EVENT: "AuditEvent" {
        table: Main, pk: "AUDIT#{account}#{month}, or AUDIT#anonymous#{day}#{shard}", sk: "{time}#{audit event}", index: None,
        ttl: Some("as retention.md says"),
        personal: Listed,
        meaning: "One line of the audit log, in partitions of its own, so that a policy can allow to put and query alone."
    }
    SECURITY_NOTICE: "SecurityNotice" {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "NOTICE#{kind}", index: None, ttl: Some("24 hours"),
        personal: Partition,
        meaning: "That a person was told of something suspicious: for a day there is no second mail of its kind."
    }
}

/// [`AUDIT_EVENT`] of a person.
pub fn audit_event(account: AccountId, at: Timestamp, id: AuditId) -> Key {
    Key::main(format!("AUDIT#{account}#{}", at.month()), format!("{at}#{id}"))
}

/// Every [`AUDIT_EVENT`] of a person in the month of this moment. Their sort keys begin with their time.
pub fn audit_events_of(account: AccountId, at: Timestamp) -> Range {
    let month = at.month();
    Range::main(format!("AUDIT#{account}#{month}"), month)
}

/// [`AUDIT_EVENT`] of nobody known, such as a failed sign-in with an unknown name.
pub fn anonymous_audit_event(at: Timestamp, id: AuditId) -> Key {
    let shard = shard_of(id.as_bytes(), ANONYMOUS_SHARDS);
    Key::main(format!("AUDIT#anonymous#{}#{shard}", at.day()), format!("{at}#{id}"))
}

/// [`SECURITY_NOTICE`] of one kind, by its name.
pub fn security_notice(account: AccountId, kind: &str) -> Key {
    Key::ephemeral(partition(account), format!("NOTICE#{kind}"))
}
