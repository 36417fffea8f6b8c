//! Every key: the entity chart, and one constructor per item. Key strings appear nowhere else.
//!
//! `docs/generated/data-model.md` is made from [`CHART`]. Keys take typed ids, never half-filled rows.

use super::entity::entities;
use super::page::Range;
use crate::clock::Timestamp;
use crate::id::{AccountId, AuditId, ChallengeId, DataRequestId, OutboxId, ProviderVisitId, RegistrationId, SessionId};

pub use super::entity::{EntityShape, Personal, Table};

entities! {
    Account {
        table: Main, pk: "ACCOUNT#{account}", sk: "ACCOUNT", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "A person's account: address, names, password hash, epoch of its sessions, sign-in counters."
    }
    Session {
        table: Main, pk: "ACCOUNT#{account}", sk: "SESSION#{session}", index: None,
        ttl: Some("30 days after its absolute end, however it ended"),
        personal: Personal::Partition,
        meaning: "A sign-in on one device: digests of its refresh tokens, its limits, address and device."
    }
    Totp {
        table: Main, pk: "ACCOUNT#{account}", sk: "TOTP", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "The secret that a person's authenticator app shares with us, sealed, and the last of its codes that was used."
    }
    RecoveryCodes {
        table: Main, pk: "ACCOUNT#{account}", sk: "RECOVERY-CODES", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "The recovery codes that a person has left, as digests."
    }
    EmailClaim {
        table: Main, pk: "EMAIL#{normalised address}", sk: "CLAIM", index: None,
        ttl: Some("a day after it is held no longer, if its account has another address"),
        personal: Personal::ListedBy("accounts"),
        meaning: "Makes an address unique and finds its account; or holds one that was given up, while that can be undone."
    }
    EmailUndo {
        table: Main, pk: "ACCOUNT#{account}", sk: "EMAIL-UNDO", index: None, ttl: Some("a day after the last link expired"),
        personal: Personal::Partition,
        meaning: "The changes of the account's address that can be undone: the old addresses, and digests of their links."
    }
    UsernameClaim {
        table: Main, pk: "USERNAME#{folded username}", sk: "CLAIM", index: None, ttl: None,
        personal: Personal::ListedBy("accounts"),
        meaning: "Makes a username unique and finds its account."
    }
    Profile {
        table: Main, pk: "ACCOUNT#{account}", sk: "PROFILE", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "What a person tells of themself besides names and address: telephone, organisation, bank, language."
    }
    DataRequest {
        table: Main, pk: "ACCOUNT#{account}", sk: "REQUEST#{request}", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "What a person asked us to do with their data, and how far it is."
    }
    PhoneClaim {
        table: Main, pk: "PHONE#{number without blanks}", sk: "CLAIM", index: None, ttl: None,
        personal: Personal::ListedBy("accounts"),
        meaning: "Makes a telephone number unique and finds its account."
    }
    SocialLink {
        table: Main, pk: "ACCOUNT#{account}", sk: "SOCIAL#{provider}", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "A person's account with a provider such as Google: issuer, subject, picture, and when it was last used."
    }
    SocialClaim {
        table: Main, pk: "SOCIAL#{MAC of issuer and subject}", sk: "CLAIM", index: None, ttl: None,
        personal: Personal::ListedBy("social"),
        meaning: "Makes an account with a provider belong to one person, and finds the person."
    }
    AuditEvent {
        table: Main, pk: "AUDIT#{account}#{month}, or AUDIT#anonymous#{day}#{shard}", sk: "{time}#{audit event}", index: None,
        ttl: None,
        personal: Personal::ListedBy("audit"),
        meaning: "One line of the audit log, in partitions of its own, so that a policy can allow to put and query alone."
    }
    OutboxItem {
        table: Main, pk: "OUTBOX#{item}", sk: "OUTBOX", index: Some("outbox_due: due_shard, due_at, while it waits"),
        ttl: Some("14 days after it was given up"),
        personal: Personal::No("sealed, and deleted once it is carried out"),
        meaning: "A mail that was decided on and is not sent yet; its content and address are sealed."
    }
    MailSuppression {
        table: Main, pk: "SUPPRESSION#{MAC of the address}", sk: "MAIL", index: None,
        ttl: Some("180 days after the last report"),
        personal: Personal::ListedBy("accounts"),
        meaning: "An address that nothing is sent to, since SES reported a bounce or a complaint."
    }
    Deployment {
        table: Main, pk: "DEPLOYMENT", sk: "DEPLOYMENT", index: None, ttl: None,
        personal: Personal::No("tells nothing of a person"),
        meaning: "When the tables came into being, and a mark that ties them to their secrets."
    }
    MigrationLedger {
        table: Main, pk: "MIGRATIONS", sk: "LEDGER", index: None, ttl: None,
        personal: Personal::No("tells nothing of a person"),
        meaning: "Which migration was taken last, how far the next one is, and which run is at it."
    }
    PendingRegistration {
        table: Ephemeral, pk: "REGISTRATION#{registration}", sk: "REGISTRATION", index: None, ttl: Some("24 hours"),
        personal: Personal::No("no account yet; useless after 24 hours, and removed by TTL soon after"),
        meaning: "A registration whose address is not proven yet, with the digests of its token, code and link."
    }
    PendingLogin {
        table: Ephemeral, pk: "PENDING#{MAC of the normalised address}", sk: "LOGIN", index: None, ttl: Some("24 hours"),
        personal: Personal::ListedBy("accounts"),
        meaning: "Lets a sign-in with a pending registration's password say that the address must be confirmed first."
    }
    MailedCode {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "CODE#{purpose}", index: None, ttl: Some("when code and link have expired"),
        personal: Personal::Partition,
        meaning: "The latest code, and perhaps link, that was mailed to a person for one purpose, as digests."
    }
    SecurityNotice {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "NOTICE#{kind}", index: None, ttl: Some("24 hours"),
        personal: Personal::Partition,
        meaning: "That a person was told of something suspicious: for a day there is no second mail of its kind."
    }
    Challenge {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "CHALLENGE#{challenge}", index: None,
        ttl: Some("5 minutes, or 15 if a factor must be enrolled first"),
        personal: Personal::Partition,
        meaning: "A sign-in whose first factor was right and that waits for the second: the digest of its token, the device."
    }
    TotpEnrolment {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "TOTP-ENROLMENT", index: None, ttl: Some("15 minutes"),
        personal: Personal::Partition,
        meaning: "A secret, sealed, that was shown to a person and is no factor before one of its codes was shown back."
    }
    ProviderVisit {
        table: Ephemeral, pk: "VISIT#{visit}", sk: "STATE", index: None, ttl: Some("10 minutes"),
        personal: Personal::No("digests, and what is sealed; dies within minutes"),
        meaning: "A browser that was sent to a provider and has not come back: digests of its state and its cookie."
    }
    ProviderReturn {
        table: Ephemeral, pk: "VISIT#{visit}", sk: "RETURN", index: None, ttl: Some("1 minute"),
        personal: Personal::No("sealed; dies within minutes"),
        meaning: "Whom a provider named, sealed, until the page that the browser came back to exchanges its code."
    }
    IdempotencyRecord {
        table: Ephemeral, pk: "IDEMPOTENCY#{MAC of caller, path and key}", sk: "RECORD", index: None, ttl: Some("24 hours"),
        personal: Personal::No("MACs, and an answer that is sealed; dies within a day"),
        meaning: "A request that came with an Idempotency-Key: who is at it, and then its answer."
    }
    RateCounter {
        table: Ephemeral, pk: "RATE#{kind}#{subject}", sk: "COUNTER", index: None, ttl: Some("a day after it was last counted"),
        personal: Personal::No("counts only; gone after a day"),
        meaning: "What is counted, by limit and slice of its window, for one address (or /48 of IPv6), person, session, mail address or login (as a MAC), or device."
    }
}

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

/// [`Entity::DataRequest`].
pub fn data_request(account: AccountId, id: DataRequestId) -> Key {
    main(format!("ACCOUNT#{account}"), format!("REQUEST#{id}"))
}

/// Every [`Entity::DataRequest`] of an account.
pub fn data_requests_of(account: AccountId) -> Range {
    Range { table: Table::Main, pk: format!("ACCOUNT#{account}"), prefix: "REQUEST#".to_owned() }
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

/// How many partitions of the index `outbox_due` waiting items are spread over: a hot index partition would
/// throttle the writes of everybody.
pub const OUTBOX_SHARDS: u8 = 8;

/// The partition of the index `outbox_due` that an item waits in.
pub fn outbox_due_shard(id: OutboxId) -> String {
    format!("OUTBOX#{}", shard_of(id.as_bytes(), OUTBOX_SHARDS))
}

/// The `n`-th partition of the index `outbox_due`.
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

/// [`Entity::MailedCode`] for one purpose, by its name.
pub fn mailed_code(account: AccountId, purpose: &str) -> Key {
    ephemeral(format!("ACCOUNT#{account}"), format!("CODE#{purpose}"))
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
