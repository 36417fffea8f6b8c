//! The items of the domain: which account at a provider belongs to which of ours.
//!
//! The link lies with the person. The claim makes an account at a provider belong to one person at most, and finds that
//! person. The account's own row lists the names of its providers, so that its ways in are known wherever it is read; and
//! it is that row's epoch, which every change of a way in raises, that two changes at once collide on.

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::{SocialLinkId, keys};
use crate::accounts::{AccountId, ProviderName};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, Store, Transaction, Update, equals, present};
use latchkey_kernel::fault::Fault;

/// How many links of an account are read. There are never more than there are providers.
const MOST: usize = 100;

/// The stored form of a link.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LinkRow {
    pub(super) id: SocialLinkId,
    account_id: AccountId,
    pub(super) provider: ProviderName,
    issuer: String,
    pub(super) subject: String,
    claim: String,
    pub(super) avatar_url: Option<String>,
    pub(super) profile_url: Option<String>,
    pub(super) connected_at: Timestamp,
    pub(super) last_login_at: Option<Timestamp>,
}

impl Row for LinkRow {
    const ENTITY: Entity = keys::SOCIAL_LINK;

    fn key(&self) -> Key {
        keys::social_link(self.account_id, self.provider.as_str())
    }
}

impl LinkRow {
    /// The link of this account with this identity, whose claim has this MAC.
    pub(super) fn new(
        id: SocialLinkId,
        account: AccountId,
        identity: &Identity,
        claim: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            account_id: account,
            provider: identity.provider.clone(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.as_str().to_owned(),
            claim,
            avatar_url: identity.avatar_url.clone(),
            profile_url: identity.profile_url.clone(),
            connected_at: now,
            last_login_at: None,
        }
    }

    /// It is still the link that was read.
    fn unchanged(&self) -> Condition {
        present().and(equals("claim", self.claim.as_str()))
    }

    /// The claim that belongs to it.
    pub(super) fn claimed(&self) -> ClaimRow {
        ClaimRow { mac: self.claim.clone(), account: self.account_id, provider: self.provider.clone() }
    }

    /// Deletes it and its claim, if it is still the one that was read.
    pub(crate) fn delete<'a, E: From<Fault>>(&self, transaction: Transaction<'a, E>, stale: E) -> Transaction<'a, E> {
        let mine = equals("account", self.account_id.to_string());
        transaction
            .delete(&self.key(), Some(&self.unchanged()))
            .or(stale)
            .delete(&keys::social_claim(&self.claim), Some(&mine))
    }

    /// The provider.
    pub(crate) fn provider(&self) -> &ProviderName {
        &self.provider
    }

    /// Since when it is there.
    pub(crate) fn connected_at(&self) -> Timestamp {
        self.connected_at
    }
}

/// The claim of an account on an identity.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClaimRow {
    mac: String,
    pub(super) account: AccountId,
    pub(super) provider: ProviderName,
}

impl Row for ClaimRow {
    const ENTITY: Entity = keys::SOCIAL_CLAIM;

    fn key(&self) -> Key {
        keys::social_claim(&self.mac)
    }
}

/// Whose an identity is: 1 `GetItem`, 1 read unit.
pub(super) async fn claim(store: &Store, mac: &str) -> Result<Option<ClaimRow>, Fault> {
    store.get(&keys::social_claim(mac)).await
}

/// The link of an account with a provider: 1 `GetItem`, 1 read unit.
pub(super) async fn link(store: &Store, account: AccountId, provider: &ProviderName) -> Result<Option<LinkRow>, Fault> {
    store.get(&keys::social_link(account, provider.as_str())).await
}

/// Every link of an account: 1 `Query`, 1 read unit for each 4 KB.
pub(crate) async fn links(store: &Store, account: AccountId) -> Result<Vec<LinkRow>, Fault> {
    let mut rows = store.newest_first::<LinkRow>(&keys::social_links_of(account), None, MOST).await?.rows;
    rows.reverse();
    Ok(rows)
}

/// Notes that a person signed in by a link, if it is there and of this very identity. A step of the sign-in.
pub(super) fn used(account: AccountId, identity: &Identity, mac: &str, now: Timestamp) -> Update {
    let update = Update::of(keys::social_link(account, identity.provider.as_str())).set("last_login_at", now);
    let update = match &identity.avatar_url {
        Some(address) => update.set("avatar_url", address.as_str()),
        None => update.remove("avatar_url"),
    };
    let update = match &identity.profile_url {
        Some(address) => update.set("profile_url", address.as_str()),
        None => update.remove("profile_url"),
    };
    update.only_if(&present().and(equals("claim", mac)))
}
