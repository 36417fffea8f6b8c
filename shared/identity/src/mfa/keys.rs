//! The keys of second factors, and of what waits for one.

use super::ChallengeId;
use crate::accounts::keys::partition;
use crate::accounts::{AccountId, Enrolled, Factor, PasskeyId};
use latchkey_kernel::dynamo::Key;
use latchkey_kernel::entities;
use latchkey_kernel::secret::Digest;

entities! {
    TOTP: "Totp" {
        table: Main, pk: "ACCOUNT#{account}", sk: "TOTP", index: None, ttl: None,
        personal: Partition,
        meaning: "The secret that a person's authenticator app shares with us, sealed, and the last of its codes that was used."
    }
    RECOVERY_CODES: "RecoveryCodes" {
        table: Main, pk: "ACCOUNT#{account}", sk: "RECOVERY-CODES", index: None, ttl: None,
        personal: Partition,
        meaning: "The recovery codes that a person has left, as digests."
    }
    PASSKEY: "Passkey" {
        table: Main, pk: "ACCOUNT#{account}", sk: "PASSKEY#{passkey}", index: None, ttl: None,
        personal: Partition,
        meaning: "A passkey of a person: its public key, how often it was used, and what the person calls it."
    }
    PASSKEY_CLAIM: "PasskeyClaim" {
        table: Main, pk: "PASSKEY#{passkey}", sk: "CLAIM", index: None, ttl: None,
        personal: Listed,
        meaning: "Makes a passkey one account's alone."
    }
    TOTP_ENROLMENT: "TotpEnrolment" {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "TOTP-ENROLMENT", index: None, ttl: Some("15 minutes"),
        personal: Partition,
        meaning: "Up to two secrets, sealed, that were shown to a person; one is a factor once one of its codes was shown back."
    }
    CHALLENGE: "Challenge" {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "CHALLENGE#{challenge}", index: None,
        ttl: Some("5 minutes, or 15 if a factor must be enrolled first"),
        personal: Partition,
        meaning: "A sign-in whose first factor was right and that waits for the second: the digest of its token, the device."
    }
    PASSKEY_CEREMONY: "PasskeyCeremony" {
        table: Ephemeral, pk: "CEREMONY#{digest of the challenge}", sk: "CEREMONY", index: None, ttl: Some("5 minutes"),
        personal: No("at most ids; dies within minutes"),
        meaning: "A challenge that a passkey is to answer: for which act, of whom, in which session or sign-in."
    }
}

/// [`TOTP`].
pub fn totp(account: AccountId) -> Key {
    Key::main(partition(account), "TOTP")
}

/// [`RECOVERY_CODES`].
pub fn recovery_codes(account: AccountId) -> Key {
    Key::main(partition(account), "RECOVERY-CODES")
}

/// [`PASSKEY`].
pub fn passkey(account: AccountId, id: PasskeyId) -> Key {
    Key::main(partition(account), format!("PASSKEY#{id}"))
}

/// [`PASSKEY_CLAIM`].
pub fn passkey_claim(id: PasskeyId) -> Key {
    Key::main(format!("PASSKEY#{id}"), "CLAIM")
}

/// [`TOTP_ENROLMENT`].
pub fn totp_enrolment(account: AccountId) -> Key {
    Key::ephemeral(partition(account), "TOTP-ENROLMENT")
}

/// [`CHALLENGE`].
pub fn challenge(account: AccountId, id: ChallengeId) -> Key {
    Key::ephemeral(partition(account), format!("CHALLENGE#{id}"))
}

/// [`PASSKEY_CEREMONY`], by the digest of the challenge.
pub fn passkey_ceremony(digest: Digest) -> Key {
    Key::ephemeral(format!("CEREMONY#{digest}"), "CEREMONY")
}

/// The items that go with a factor of an account.
pub fn items_of(enrolled: &Enrolled, account: AccountId) -> Vec<Key> {
    match (enrolled.factor, enrolled.passkey) {
        (Factor::Totp, _) => vec![totp(account)],
        (Factor::RecoveryCode, _) => vec![recovery_codes(account)],
        (Factor::Passkey, Some(id)) => vec![passkey(account, id), passkey_claim(id)],
        (Factor::Passkey, None) => Vec::new(),
    }
}
