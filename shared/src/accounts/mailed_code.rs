//! Codes, and links beside them, that are mailed to a person who has an account.
//!
//! One item per account and purpose: a new code takes the place of the old one, which dies by it. The code is bound to
//! purpose, account and address, lives ten minutes and is worth five tries; a try is counted before the code is looked
//! at, so that parallel guesses are no more than five. A link, where there is one, has its own digest and a life of its
//! own, and no wrong code spends it. Spending either is one conditional delete, which is a step of the transaction of
//! what the code was for: of fifty who come with the right code, one finds it.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::EmailAddress;
use crate::clock::Timestamp;
use crate::dynamo::{Condition, Entity, Key, Outcome, Row, Store, StoreError, Update};
use crate::dynamo::{after, below, equals, keys, present};
use crate::entropy::Entropy;
use crate::id::AccountId;
use crate::secret::{Code, CodeDigest, Digest, OpaqueToken, TokenKind};

/// What a code is for. A code for one purpose opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Setting a password without knowing the old one.
    PasswordReset,
    /// Showing once more who one is, for accounts without a password.
    StepUp,
    /// Proving the address that an account is to have from now on.
    EmailChange,
    /// Signing in without a password.
    SignIn,
}

impl Purpose {
    /// The name that keys and digests carry.
    pub fn name(self) -> &'static str {
        match self {
            Self::PasswordReset => "password-reset",
            Self::StepUp => "step-up",
            Self::EmailChange => "email-change",
            Self::SignIn => "sign-in",
        }
    }
}

/// A code that was mailed, and perhaps a link beside it, as the store knows them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailedCode {
    account_id: AccountId,
    purpose: Purpose,
    address: EmailAddress,
    code_digest: CodeDigest,
    code_expires_at: Timestamp,
    code_tries: u32,
    link_digest: Option<Digest>,
    link_expires_at: Option<Timestamp>,
    epoch: Option<u32>,
    ttl: i64,
}

impl Row for MailedCode {
    const ENTITY: Entity = Entity::MailedCode;

    fn key(&self) -> Key {
        key(self.account_id, self.purpose)
    }
}

/// Where the code of an account for a purpose lies: what a transaction deletes that makes an outstanding one void.
pub fn key(account: AccountId, purpose: Purpose) -> Key {
    keys::mailed_code(account, purpose.name())
}

/// Where every code of a person lies, for what ends all of them.
pub(crate) fn keys_of(account: AccountId) -> [Key; 4] {
    [Purpose::PasswordReset, Purpose::StepUp, Purpose::EmailChange, Purpose::SignIn]
        .map(|purpose| key(account, purpose))
}

impl MailedCode {
    /// A fresh code, and its one readable copy for the mail. It is good once the caller has written it with `put`, in
    /// the transaction that also writes the mail; the one before it is gone then.
    pub fn issue(
        purpose: Purpose,
        account: AccountId,
        address: &EmailAddress,
        lookup_key: &[u8; 32],
        entropy: &Entropy,
        now: Timestamp,
    ) -> (Self, Code) {
        let code = Code::generate(entropy);
        let code_expires_at = now.plus(Code::LIFE);
        let issued = Self {
            account_id: account,
            purpose,
            address: address.clone(),
            code_digest: digest(&code, purpose, account, address, lookup_key),
            code_expires_at,
            code_tries: 0,
            link_digest: None,
            link_expires_at: None,
            epoch: None,
            ttl: code_expires_at.as_second(),
        };
        (issued, code)
    }

    /// Gives the code a link beside it, which is good for `life`: its token, for the mail.
    pub fn add_link<K: TokenKind>(
        &mut self,
        life: SignedDuration,
        entropy: &Entropy,
        now: Timestamp,
    ) -> OpaqueToken<K> {
        let link = OpaqueToken::generate(*self.account_id.as_bytes(), entropy);
        let expires_at = now.plus(life);
        self.link_digest = Some(link.digest());
        self.link_expires_at = Some(expires_at);
        self.ttl = self.code_expires_at.max(expires_at).as_second();
        link
    }

    /// Binds the code to the account's epoch as well: it dies with the sessions, by whatever ends them, and whoever ends
    /// them need not know of it.
    pub fn bind_to_epoch(&mut self, epoch: u32) {
        self.epoch = Some(epoch);
    }

    /// Whether an account with this epoch is the one that the code was made for; of a code that is bound to none, yes.
    pub fn is_of_epoch(&self, epoch: u32) -> bool {
        self.epoch.is_none_or(|bound| bound == epoch)
    }

    /// The account that the code is bound to.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// The address that it was mailed to, and is bound to.
    pub fn address(&self) -> &EmailAddress {
        &self.address
    }

    /// When the code expires; a link beside it may live on.
    pub fn code_expires_at(&self) -> Timestamp {
        self.code_expires_at
    }

    /// Whether this is the code. To be asked of what [`reserve_try`] gave, since only that has counted the try.
    pub fn is(&self, code: &Code, lookup_key: &[u8; 32]) -> bool {
        digest(code, self.purpose, self.account_id, &self.address, lookup_key) == self.code_digest
    }

    /// Neither code nor link was spent or replaced since this was read: the condition on which a transaction deletes
    /// the item, and so spends both.
    pub fn unspent(&self) -> Condition {
        present().and(equals("code_digest", self.code_digest.as_str()))
    }
}

/// The code's digest, over all that it is bound to. The address counts in its normalised form.
fn digest(
    code: &Code,
    purpose: Purpose,
    account: AccountId,
    address: &EmailAddress,
    lookup_key: &[u8; 32],
) -> CodeDigest {
    let holder = [account.as_bytes().as_slice(), address.normalised().as_bytes()].concat();
    code.digest(lookup_key, purpose.name(), &holder)
}

/// Counts a try at an account's code, before the code is looked at: 1 `UpdateItem`, 1 write unit. None when there is no
/// code for this purpose, or it has expired, or its tries are used up.
pub async fn reserve_try(
    store: &Store,
    account: AccountId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<MailedCode>, StoreError> {
    let open = present().and(below("code_tries", Code::TRIES)).and(after("code_expires_at", now));
    let update = Update::of(key(account, purpose)).add("code_tries", 1).only_if(&open);
    match store.update(update).await? {
        Outcome::Applied(mailed) => Ok(Some(mailed)),
        Outcome::Refused(_) => Ok(None),
    }
}

/// Gives a try back: the code was right, and what else came with it was not. 1 `UpdateItem`, 1 write unit.
pub async fn return_try(store: &Store, mailed: &MailedCode) -> Result<(), StoreError> {
    let same = mailed.unspent().and(after("code_tries", 0_u32));
    store.update_item(Update::of(mailed.key()).add("code_tries", -1).only_if(&same)).await.map(drop)
}

/// What lies behind a link that was mailed for a purpose: 1 `GetItem`, 1 read unit. None when the link is spent,
/// replaced, expired or invented. Reading spends nothing and counts nothing: nobody guesses 256 bits.
pub async fn find_by_link<K: TokenKind>(
    store: &Store,
    link: &OpaqueToken<K>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<MailedCode>, StoreError> {
    let found: Option<MailedCode> = store.get(&key(AccountId::from_bytes(link.id()), purpose)).await?;
    Ok(found.filter(|found| {
        found.link_digest == Some(link.digest()) && found.link_expires_at.is_some_and(|expires_at| expires_at > now)
    }))
}
