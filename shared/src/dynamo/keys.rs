//! Every key: the entity [`chart`](CHART), and one constructor per item. Key strings appear nowhere else.
//!
//! `docs/generated/data-model.md` is made from [`CHART`]. Keys take typed ids, never half-filled rows.

mod chart;
mod privacy;

use super::page::Range;
use crate::clock::Timestamp;
use crate::id::{AccountId, AuditId, ChallengeId, OutboxId, PasskeyId, ProviderVisitId, RegistrationId, SessionId};
use crate::secret::Digest;

pub use super::entity::{EntityShape, Personal, Table};
pub use chart::{CHART, Entity};
pub use privacy::*;

/// The primary key of one item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The table.
    pub table: Table,
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

impl std::fmt::Display for Key {
    /// The key without what names a person, for logs: `EMAIL#…`, but `ACCOUNT#0190…`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pk = match self.pk.split_once('#') {
            Some((kind @ ("EMAIL" | "USERNAME" | "PHONE" | "PENDING" | "RATE" | "SOCIAL"), _)) => format!("{kind}#…"),
            _ => self.pk.clone(),
        };
        write!(formatter, "{pk} / {}", self.sk)
    }
}

fn main(pk: String, sk: impl Into<String>) -> Key {
    Key { table: Table::Main, pk, sk: sk.into() }
}

fn ephemeral(pk: String, sk: impl Into<String>) -> Key {
    Key { table: Table::Ephemeral, pk, sk: sk.into() }
}

/// A key under which nothing ever lies, for asking whether a table answers.
pub(crate) fn nothing(table: Table) -> Key {
    Key { table, pk: "NOTHING".to_owned(), sk: "NOTHING".to_owned() }
}

/// [`Entity::Account`].
pub fn account(id: AccountId) -> Key {
    main(format!("ACCOUNT#{id}"), "ACCOUNT")
}

/// [`Entity::Session`].
pub fn session(account: AccountId, id: SessionId) -> Key {
    main(format!("ACCOUNT#{account}"), format!("SESSION#{id}"))
}

/// Every [`Entity::Session`] of an account.
pub fn sessions_of(account: AccountId) -> Range {
    Range { table: Table::Main, pk: format!("ACCOUNT#{account}"), prefix: "SESSION#".to_owned() }
}

/// [`Entity::Totp`].
pub fn totp(account: AccountId) -> Key {
    main(format!("ACCOUNT#{account}"), "TOTP")
}

/// [`Entity::RecoveryCodes`].
pub fn recovery_codes(account: AccountId) -> Key {
    main(format!("ACCOUNT#{account}"), "RECOVERY-CODES")
}

/// [`Entity::Passkey`].
pub fn passkey(account: AccountId, id: PasskeyId) -> Key {
    main(format!("ACCOUNT#{account}"), format!("PASSKEY#{id}"))
}

/// [`Entity::PasskeyClaim`].
pub fn passkey_claim(id: PasskeyId) -> Key {
    main(format!("PASSKEY#{id}"), "CLAIM")
}

/// [`Entity::EmailClaim`], by the address's normalised form.
pub fn email_claim(normalised: &str) -> Key {
    main(format!("EMAIL#{normalised}"), "CLAIM")
}

/// [`Entity::EmailUndo`].
pub fn email_undo(account: AccountId) -> Key {
    main(format!("ACCOUNT#{account}"), "EMAIL-UNDO")
}

/// [`Entity::UsernameClaim`], by the username's folded form.
pub fn username_claim(folded: &str) -> Key {
    main(format!("USERNAME#{folded}"), "CLAIM")
}

/// [`Entity::Profile`].
pub fn profile(account: AccountId) -> Key {
    main(format!("ACCOUNT#{account}"), "PROFILE")
}

/// [`Entity::PhoneClaim`], by the number without blanks.
pub fn phone_claim(digits: &str) -> Key {
    main(format!("PHONE#{digits}"), "CLAIM")
}

/// [`Entity::SocialLink`] with the provider of this name.
pub fn social_link(account: AccountId, provider: &str) -> Key {
    main(format!("ACCOUNT#{account}"), format!("SOCIAL#{provider}"))
}

/// Every [`Entity::SocialLink`] of an account.
pub fn social_links_of(account: AccountId) -> Range {
    Range { table: Table::Main, pk: format!("ACCOUNT#{account}"), prefix: "SOCIAL#".to_owned() }
}

/// [`Entity::SocialClaim`], by the MAC of issuer and subject.
pub fn social_claim(mac: &str) -> Key {
    main(format!("SOCIAL#{mac}"), "CLAIM")
}

/// [`Entity::AuditEvent`] of a person.
pub fn audit_event(account: AccountId, at: Timestamp, id: AuditId) -> Key {
    main(format!("AUDIT#{account}#{}", at.month()), format!("{at}#{id}"))
}

/// Every [`Entity::AuditEvent`] of a person in the month of this moment. Their sort keys begin with their time.
pub fn audit_events_of(account: AccountId, at: Timestamp) -> Range {
    let month = at.month();
    Range { table: Table::Main, pk: format!("AUDIT#{account}#{month}"), prefix: month }
}

/// How many partitions a day's anonymous audit events are spread over.
pub const ANONYMOUS_AUDIT_SHARDS: u8 = 8;

/// [`Entity::AuditEvent`] of nobody known, such as a failed sign-in with an unknown name.
pub fn anonymous_audit_event(at: Timestamp, id: AuditId) -> Key {
    let shard = shard_of(id.as_bytes(), ANONYMOUS_AUDIT_SHARDS);
    main(format!("AUDIT#anonymous#{}#{shard}", at.day()), format!("{at}#{id}"))
}

/// [`Entity::OutboxItem`].
pub fn outbox_item(id: OutboxId) -> Key {
    main(format!("OUTBOX#{id}"), "OUTBOX")
}

/// The id in the partition key of an [`Entity::OutboxItem`].
pub fn outbox_id_of(pk: &str) -> Option<OutboxId> {
    pk.strip_prefix("OUTBOX#")?.parse().ok()
}

/// How many partitions of the index `due` waiting items are spread over: a hot index partition would
/// throttle the writes of everybody.
pub const OUTBOX_SHARDS: u8 = 8;

/// The partition of the index `due` that an item waits in.
pub fn outbox_due_shard(id: OutboxId) -> String {
    format!("OUTBOX#{}", shard_of(id.as_bytes(), OUTBOX_SHARDS))
}

/// The `n`-th partition of the index `due`.
pub fn outbox_due_shards() -> impl Iterator<Item = String> {
    (0..OUTBOX_SHARDS).map(|shard| format!("OUTBOX#{shard}"))
}

/// [`Entity::MailSuppression`], by the MAC of the address.
pub fn mail_suppression(mac: &str) -> Key {
    main(format!("SUPPRESSION#{mac}"), "MAIL")
}

/// [`Entity::Deployment`].
pub fn deployment() -> Key {
    main("DEPLOYMENT".to_owned(), "DEPLOYMENT")
}

/// [`Entity::MigrationLedger`].
pub fn migration_ledger() -> Key {
    main("MIGRATIONS".to_owned(), "LEDGER")
}

/// [`Entity::PendingRegistration`].
pub fn pending_registration(id: RegistrationId) -> Key {
    ephemeral(format!("REGISTRATION#{id}"), "REGISTRATION")
}

/// [`Entity::PendingLogin`], by the MAC of the normalised address.
pub fn pending_login(mac: &str) -> Key {
    ephemeral(format!("PENDING#{mac}"), "LOGIN")
}

/// [`Entity::MailedCode`] of a session for one purpose, by its name.
pub fn mailed_code(account: AccountId, purpose: &str, session: SessionId) -> Key {
    ephemeral(format!("ACCOUNT#{account}"), format!("CODE#{purpose}#{session}"))
}

/// [`Entity::CodeFlows`] for one purpose, by its name.
pub fn code_flows(account: AccountId, purpose: &str) -> Key {
    ephemeral(format!("ACCOUNT#{account}"), format!("FLOWS#{purpose}"))
}

/// [`Entity::SecurityNotice`] of one kind, by its name.
pub fn security_notice(account: AccountId, kind: &str) -> Key {
    ephemeral(format!("ACCOUNT#{account}"), format!("NOTICE#{kind}"))
}

/// [`Entity::Challenge`].
pub fn challenge(account: AccountId, id: ChallengeId) -> Key {
    ephemeral(format!("ACCOUNT#{account}"), format!("CHALLENGE#{id}"))
}

/// [`Entity::TotpEnrolment`].
pub fn totp_enrolment(account: AccountId) -> Key {
    ephemeral(format!("ACCOUNT#{account}"), "TOTP-ENROLMENT")
}

/// [`Entity::ProviderVisit`].
pub fn provider_visit(visit: ProviderVisitId) -> Key {
    ephemeral(format!("VISIT#{visit}"), "STATE")
}

/// [`Entity::ProviderReturn`].
pub fn provider_return(visit: ProviderVisitId) -> Key {
    ephemeral(format!("VISIT#{visit}"), "RETURN")
}

/// [`Entity::PendingIdentity`] of a registration.
pub fn pending_identity(id: RegistrationId) -> Key {
    ephemeral(format!("REGISTRATION#{id}"), "IDENTITY")
}

/// [`Entity::UsedIdToken`], by the digest of what its issuer signed.
pub fn used_id_token(digest: Digest) -> Key {
    ephemeral(format!("ID-TOKEN#{digest}"), "USED")
}

/// [`Entity::PasskeyCeremony`], by the digest of the challenge.
pub fn passkey_ceremony(digest: Digest) -> Key {
    ephemeral(format!("CEREMONY#{digest}"), "CEREMONY")
}

/// [`Entity::IdempotencyRecord`], by the MAC of caller, path and key.
pub fn idempotency_record(mac: &str) -> Key {
    ephemeral(format!("IDEMPOTENCY#{mac}"), "RECORD")
}

/// [`Entity::RateCounter`] of one subject of this kind.
pub fn rate_counter(kind: &str, subject: &str) -> Key {
    ephemeral(format!("RATE#{kind}#{subject}"), "COUNTER")
}

/// The last byte of a UUIDv7 is random, so it spreads evenly.
fn shard_of(id: &[u8; 16], shards: u8) -> u8 {
    let [.., last] = id;
    last % shards
}

#[cfg(test)]
mod tests;
