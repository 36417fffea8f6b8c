//! Codes that are mailed to a user who is signed in: to step up, and to prove a new email address.
//!
//! One item per session and purpose: a new code takes the place of the old one, which dies by it, and what is asked for in
//! one session neither voids a code of another nor opens anything there. So such a code dies with its session. It is bound
//! to purpose, account and session, to the address that it was mailed to and to the one that the account had then; it lives
//! ten minutes and is worth five tries. A try is counted before the code is looked at, so that parallel guesses are no more
//! than five. Spending it is one conditional delete, which is a step of the transaction of what the code was for: of fifty
//! who come with the right code, one finds it.
//!
//! Codes that anybody can ask for are flows: `code_flow`.

use serde::{Deserialize, Serialize};

use super::{Account, AccountId, EmailAddress, keys};
use crate::sessions::SessionId;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Outcome, Row, Store, Update, after, below, equals, present};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::{Code, CodeDigest};

/// What a code is for. A code for one purpose opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Showing once more who one is, for accounts without a password.
    StepUp,
    /// Proving the address that an account is to have from now on.
    EmailChange,
}

impl Purpose {
    /// The name that keys and digests carry.
    pub fn name(self) -> &'static str {
        match self {
            Self::StepUp => "step-up",
            Self::EmailChange => "email-change",
        }
    }
}

/// A code that was mailed, as the store knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailedCode {
    account_id: AccountId,
    session_id: SessionId,
    purpose: Purpose,
    address: EmailAddress,
    code_digest: CodeDigest,
    code_expires_at: Timestamp,
    code_tries: u32,
    ttl: i64,
}

impl Row for MailedCode {
    const ENTITY: Entity = keys::MAILED_CODE;

    fn key(&self) -> Key {
        keys::mailed_code(self.account_id, self.purpose.name(), self.session_id)
    }
}

impl MailedCode {
    /// A fresh code, and its one readable copy for the mail. It is good once the caller has written it with `put`, in
    /// the transaction that also writes the mail; the session's one before it is gone then.
    pub fn issue(
        purpose: Purpose,
        account: &Account,
        session: SessionId,
        address: &EmailAddress,
        lookup_key: &[u8; 32],
        entropy: &Entropy,
        now: Timestamp,
    ) -> (Self, Code) {
        let code = Code::generate(entropy);
        let code_expires_at = now.plus(Code::LIFE);
        let issued = Self {
            account_id: account.id,
            session_id: session,
            purpose,
            address: address.clone(),
            code_digest: digest(&code, purpose, account, session, address, lookup_key),
            code_expires_at,
            code_tries: 0,
            ttl: code_expires_at.as_second(),
        };
        (issued, code)
    }

    /// The address that it was mailed to, and is bound to.
    pub fn address(&self) -> &EmailAddress {
        &self.address
    }

    /// When the code expires.
    pub fn code_expires_at(&self) -> Timestamp {
        self.code_expires_at
    }

    /// Whether this is the code, and the account has the address that it had when the code was mailed. To be asked of what
    /// [`reserve_try`] gave, since only that has counted the try.
    pub fn is(&self, code: &Code, account: &Account, lookup_key: &[u8; 32]) -> bool {
        digest(code, self.purpose, account, self.session_id, &self.address, lookup_key) == self.code_digest
    }

    /// The code was neither spent nor replaced since this was read: the condition on which a transaction deletes the item,
    /// and so spends it.
    pub fn unspent(&self) -> Condition {
        present().and(equals("code_digest", self.code_digest.as_str()))
    }
}

/// The code's digest, over all that it is bound to. Addresses count in their normalised form, in which none has a NUL.
fn digest(
    code: &Code,
    purpose: Purpose,
    account: &Account,
    session: SessionId,
    address: &EmailAddress,
    lookup_key: &[u8; 32],
) -> CodeDigest {
    let ids = [account.id.as_bytes().as_slice(), session.as_bytes()].concat();
    let addresses = format!("{}\0{}", address.normalised(), account.email.normalised());
    code.digest(lookup_key, purpose.name(), &[ids.as_slice(), addresses.as_bytes()].concat())
}

/// Counts a try at a session's code, before the code is looked at: 1 `UpdateItem`, 1 write unit. None when there is no
/// code for this purpose, or it has expired, or its tries are used up.
pub async fn reserve_try(
    store: &Store,
    account: AccountId,
    session: SessionId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<MailedCode>, Fault> {
    let open = present().and(below("code_tries", Code::TRIES)).and(after("code_expires_at", now));
    let key = keys::mailed_code(account, purpose.name(), session);
    match store.update(Update::of(key).add("code_tries", 1).only_if(&open)).await? {
        Outcome::Applied(mailed) => Ok(Some(mailed)),
        Outcome::Refused(_) => Ok(None),
    }
}

/// Gives a try back: the code was right, and what else came with it was not. 1 `UpdateItem`, 1 write unit.
pub async fn return_try(store: &Store, mailed: &MailedCode) -> Result<(), Fault> {
    let same = mailed.unspent().and(after("code_tries", 0_u32));
    store.update_item(Update::of(mailed.key()).add("code_tries", -1).only_if(&same)).await.map(drop)
}
