//! The chart of every item: where it lies, when it expires, and whose data it holds.

use super::{EntityShape, Personal, Table};
use crate::dynamo::entity::entities;

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
    Passkey {
        table: Main, pk: "ACCOUNT#{account}", sk: "PASSKEY#{passkey}", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "A passkey of a person: its public key, how often it was used, and what the person calls it."
    }
    PasskeyClaim {
        table: Main, pk: "PASSKEY#{passkey}", sk: "CLAIM", index: None, ttl: None,
        personal: Personal::ListedBy("mfa"),
        meaning: "Makes a passkey one account's alone."
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
        table: Main, pk: "ACCOUNT#{account}", sk: "REQUEST#{request}",
        index: Some("listed: listed_in, the kind and the state; listed_by"), ttl: None,
        personal: Personal::Partition,
        meaning: "What a person asked us to do with their data, and how far it is."
    }
    DataExport {
        table: Main, pk: "ACCOUNT#{account}", sk: "EXPORT#{request}",
        index: Some("due: due_shard, due_at, when it is to be forgotten"), ttl: None,
        personal: Personal::Partition,
        meaning: "An export that lies in the bucket: the digest of its link, until when it is good, how often it was used."
    }
    Consent {
        table: Main, pk: "ACCOUNT#{account}", sk: "CONSENT#{consent}", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "One time that a person agreed to something, or took it back: to what, when, and from where."
    }
    Erasure {
        table: Main, pk: "ACCOUNT#{account}", sk: "ERASURE", index: None, ttl: None,
        personal: Personal::Partition,
        meaning: "How far the erasure of an account is, until it is done."
    }
    ErasureCertificate {
        table: Main, pk: "CERTIFICATE#{request}", sk: "CERTIFICATE", index: None, ttl: None,
        personal: Personal::No("names nobody: when an account was erased, and how many items of each kind"),
        meaning: "That a request to delete an account was carried out, and what was removed."
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
        ttl: Some("as retention.md says"),
        personal: Personal::ListedBy("audit"),
        meaning: "One line of the audit log, in partitions of its own, so that a policy can allow to put and query alone."
    }
    OutboxItem {
        table: Main, pk: "OUTBOX#{item}", sk: "OUTBOX", index: Some("due: due_shard, due_at, while it waits"),
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
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "CODE#{purpose}#{session}", index: None, ttl: Some("10 minutes"),
        personal: Personal::Partition,
        meaning: "The latest code that was mailed to a user in one session for one purpose, as a digest."
    }
    CodeFlows {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "FLOWS#{purpose}", index: None, ttl: Some("when the last code and link have expired"),
        personal: Personal::Partition,
        meaning: "The codes, and perhaps links, that anybody asked for and that were mailed to a user for one purpose, as digests; at most five."
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
        meaning: "Up to two secrets, sealed, that were shown to a person; one is a factor once one of its codes was shown back."
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
    PendingIdentity {
        table: Ephemeral, pk: "REGISTRATION#{registration}", sk: "IDENTITY", index: None, ttl: Some("24 hours"),
        personal: Personal::No("sealed, but for a name; no account yet; useless after 24 hours, and removed by TTL soon after"),
        meaning: "Whom a provider named that does not vouch for an email address, sealed, until a mailed code proves one."
    }
    UsedIdToken {
        table: Ephemeral, pk: "ID-TOKEN#{digest of what was signed}", sk: "USED", index: None, ttl: Some("when the token expires"),
        personal: Personal::No("a digest; dies within a day"),
        meaning: "What a client showed of a provider's to sign in with: it signs nobody in again."
    }
    PasskeyCeremony {
        table: Ephemeral, pk: "CEREMONY#{digest of the challenge}", sk: "CEREMONY", index: None, ttl: Some("5 minutes"),
        personal: Personal::No("at most ids; dies within minutes"),
        meaning: "A challenge that a passkey is to answer: for which act, of whom, in which session or sign-in."
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
