//! The keys of accounts and of what proves, finds and describes them.
//!
//! The partition of a user is [`partition`]: other domains keep there what is the user's, under sort keys of their own.

use super::{AccountId, ConsentId, RegistrationId};
use crate::sessions::SessionId;
use latchkey_kernel::dynamo::{Key, Range, Table};
use latchkey_kernel::entities;

entities! {
    ACCOUNT: "Account" {
        table: Main, pk: "ACCOUNT#{account}", sk: "ACCOUNT", index: None, ttl: None,
        personal: Partition,
        meaning: "A person's account: address, names, password hash, epoch of its sessions, sign-in counters."
    }
    EMAIL_CLAIM: "EmailClaim" {
        table: Main, pk: "EMAIL#{normalised address}", sk: "CLAIM", index: None,
        ttl: Some("a day after it is held no longer, if its account has another address"),
        personal: Listed,
        meaning: "Makes an address unique and finds its account; or holds one that was given up, while that can be undone."
    }
    EMAIL_UNDO: "EmailUndo" {
        table: Main, pk: "ACCOUNT#{account}", sk: "EMAIL-UNDO", index: None, ttl: Some("a day after the last link expired"),
        personal: Partition,
        meaning: "The changes of the account's address that can be undone: the old addresses, and digests of their links."
    }
    USERNAME_CLAIM: "UsernameClaim" {
        table: Main, pk: "USERNAME#{folded username}", sk: "CLAIM", index: None, ttl: None,
        personal: Listed,
        meaning: "Makes a username unique and finds its account."
    }
    PROFILE: "Profile" {
        table: Main, pk: "ACCOUNT#{account}", sk: "PROFILE", index: None, ttl: None,
        personal: Partition,
        meaning: "What a person tells of themself besides names and address: telephone, organisation, bank, language."
    }
    CONSENT: "Consent" {
        table: Main, pk: "ACCOUNT#{account}", sk: "CONSENT#{consent}", index: None, ttl: None,
        personal: Partition,
        meaning: "One time that a person agreed to something, or took it back: to what, when, and from where."
    }
    PHONE_CLAIM: "PhoneClaim" {
        table: Main, pk: "PHONE#{number without blanks}", sk: "CLAIM", index: None, ttl: None,
        personal: Listed,
        meaning: "Makes a telephone number unique and finds its account."
    }
    PENDING_REGISTRATION: "PendingRegistration" {
        table: Ephemeral, pk: "REGISTRATION#{registration}", sk: "REGISTRATION", index: None, ttl: Some("24 hours"),
        personal: No("no account yet; useless after 24 hours, and removed by TTL soon after"),
        meaning: "A registration whose address is not proven yet, with the digests of its token, code and link."
    }
    PENDING_LOGIN: "PendingLogin" {
        table: Ephemeral, pk: "PENDING#{MAC of the normalised address}", sk: "LOGIN", index: None, ttl: Some("24 hours"),
        personal: Listed,
        meaning: "Lets a sign-in with a pending registration's password say that the address must be confirmed first."
    }
    MAILED_CODE: "MailedCode" {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "CODE#{purpose}#{session}", index: None, ttl: Some("10 minutes"),
        personal: Partition,
        meaning: "The latest code that was mailed to a user in one session for one purpose, as a digest."
    }
    CODE_FLOWS: "CodeFlows" {
        table: Ephemeral, pk: "ACCOUNT#{account}", sk: "FLOWS#{purpose}", index: None, ttl: Some("when the last code and link have expired"),
        personal: Partition,
        meaning: "The codes, and perhaps links, that anybody asked for and that were mailed to a user for one purpose, as digests; at most five."
    }
}

/// The partition key of what is one user's alone, in either table.
pub fn partition(account: AccountId) -> String {
    format!("ACCOUNT#{account}")
}

/// Everything in a user's partition of this table.
pub fn partition_of(account: AccountId, table: Table) -> Range {
    Range { table, pk: partition(account), prefix: String::new() }
}

/// The user whose partition this is.
pub fn account_of(pk: &str) -> Option<AccountId> {
    pk.strip_prefix("ACCOUNT#")?.parse().ok()
}

/// [`ACCOUNT`].
pub fn account(id: AccountId) -> Key {
    Key::main(partition(id), "ACCOUNT")
}

/// [`EMAIL_CLAIM`], by the address's normalised form.
pub fn email_claim(normalised: &str) -> Key {
    Key::main(format!("EMAIL#{normalised}"), "CLAIM")
}

/// [`EMAIL_UNDO`].
pub fn email_undo(account: AccountId) -> Key {
    Key::main(partition(account), "EMAIL-UNDO")
}

/// [`USERNAME_CLAIM`], by the username's folded form.
pub fn username_claim(folded: &str) -> Key {
    Key::main(format!("USERNAME#{folded}"), "CLAIM")
}

/// [`PROFILE`].
pub fn profile(account: AccountId) -> Key {
    Key::main(partition(account), "PROFILE")
}

/// [`CONSENT`].
pub fn consent(account: AccountId, id: ConsentId) -> Key {
    Key::main(partition(account), format!("CONSENT#{id}"))
}

/// Every [`CONSENT`] of an account.
pub fn consents_of(account: AccountId) -> Range {
    Range::main(partition(account), "CONSENT#")
}

/// [`PHONE_CLAIM`], by the number without blanks.
pub fn phone_claim(digits: &str) -> Key {
    Key::main(format!("PHONE#{digits}"), "CLAIM")
}

/// [`PENDING_REGISTRATION`].
pub fn pending_registration(id: RegistrationId) -> Key {
    Key::ephemeral(format!("REGISTRATION#{id}"), "REGISTRATION")
}

/// [`PENDING_LOGIN`], by the MAC of the normalised address.
pub fn pending_login(mac: &str) -> Key {
    Key::ephemeral(format!("PENDING#{mac}"), "LOGIN")
}

/// [`MAILED_CODE`] of a session for one purpose, by its name.
pub fn mailed_code(account: AccountId, purpose: &str, session: SessionId) -> Key {
    Key::ephemeral(partition(account), format!("CODE#{purpose}#{session}"))
}

/// [`CODE_FLOWS`] for one purpose, by its name.
pub fn code_flows(account: AccountId, purpose: &str) -> Key {
    Key::ephemeral(partition(account), format!("FLOWS#{purpose}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_identifies_a_user_is_not_shown_of_a_key() {
        let id = AccountId::from_bytes([7; 16]);
        for (key, shown) in [
            (email_claim("ada@example.com"), "EMAIL#… / CLAIM".to_owned()),
            (username_claim("ada"), "USERNAME#… / CLAIM".to_owned()),
            (account(id), format!("ACCOUNT#{id} / ACCOUNT")),
        ] {
            assert_eq!(key.to_string(), shown);
        }
    }

    #[test]
    fn the_user_is_read_back_from_the_partition() {
        let id = AccountId::from_bytes([7; 16]);
        assert_eq!(account_of(&partition(id)), Some(id));
        assert_eq!(account_of("EMAIL#ada@example.com"), None);
    }

    proptest! {
        #[test]
        fn no_two_names_share_a_key(a in "[a-z#@.]{1,12}", b in "[a-z#@.]{1,12}") {
            prop_assert_eq!(a == b, email_claim(&a) == email_claim(&b));
            prop_assert_eq!(a == b, username_claim(&a) == username_claim(&b));
            prop_assert_ne!(email_claim(&a), username_claim(&b));
            prop_assert_ne!(phone_claim(&a), username_claim(&b));
        }
    }
}
