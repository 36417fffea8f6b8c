//! Users whom a provider named and who have yet to prove an email address: it does not vouch for one, or tells none.
//!
//! The identity waits beside the registration (`accounts::register_by_provider`), under the same id and token, and is
//! there before an address is named. It becomes a link in the transaction in which the account comes into being.

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::store::{ClaimRow, LinkRow};
use super::{SocialLinkId, events, keys};
use crate::accounts::{Account, Begun, ByProvider, EmailAddress, Name, RegistrationId, RegistrationToken};
use crate::app::App;
use crate::audit::{self, AuditRow};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, Store, Transaction, Update, after, below, equals, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::secret::{Digest, Macs, Sealed, Sealer, SealingError};

/// How many addresses may be named for one registration: enough to correct what was mistyped.
const MOST_ADDRESSES: u32 = 5;

/// An identity that waits for its registration to be confirmed.
#[derive(Serialize, Deserialize)]
pub(crate) struct PendingIdentity {
    id: RegistrationId,
    token_digest: Digest,
    name: Name,
    /// What users call the provider.
    provider: String,
    sealed: Sealed,
    addresses: u32,
    expires_at: Timestamp,
    ttl: i64,
}

impl Row for PendingIdentity {
    const ENTITY: Entity = keys::PENDING_IDENTITY;

    fn key(&self) -> Key {
        keys::pending_identity(self.id)
    }
}

impl PendingIdentity {
    pub(super) fn begin(
        app: &App,
        sealer: &Sealer,
        begun: &Begun,
        identity: &Identity,
        name: Name,
        display: String,
    ) -> Self {
        let plain = serde_json::to_vec(identity).unwrap_or_default();
        Self {
            id: begun.id,
            token_digest: begun.token.digest(),
            name,
            provider: display,
            sealed: sealer.seal(&plain, begun.id.as_bytes(), &app.entropy),
            addresses: 0,
            expires_at: begun.expires_at,
            ttl: begun.expires_at.as_second(),
        }
    }

    /// The registration that is to prove this address.
    pub(super) fn registration<'a>(&'a self, email: &'a EmailAddress) -> ByProvider<'a> {
        ByProvider {
            id: self.id,
            token: self.token_digest,
            name: &self.name,
            provider: &self.provider,
            expires_at: self.expires_at,
            email,
        }
    }

    /// Counts another address; refused where the registration is confirmed by now, or too many were named. A step of the
    /// transaction that mails to it.
    pub(super) fn name_another(&self, now: Timestamp) -> Update {
        let open = self.unspent().and(below("addresses", MOST_ADDRESSES)).and(after("expires_at", now));
        Update::of(self.key()).add("addresses", 1).only_if(&open)
    }

    /// Until when an address may be proven.
    pub(super) fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    fn unspent(&self) -> Condition {
        present().and(equals("token_digest", self.token_digest))
    }

    /// Makes the identity a way into this account, which comes into being.
    pub(crate) fn connect_to(
        &self,
        app: &App,
        client: &Client,
        (sealer, macs): (&Sealer, &Macs),
        account: &mut Account,
    ) -> Result<Connection, Fault> {
        let plain = sealer.open(&self.sealed, self.id.as_bytes())?;
        let identity: Identity = serde_json::from_slice(&plain).map_err(|_| SealingError::Damaged)?;
        account.social = vec![identity.provider.clone()];
        let id = SocialLinkId::new(&app.entropy, client.now);
        let mut link = LinkRow::new(id, account.id, &identity, identity.mac(macs.lookup_key()), client.now);
        link.last_login_at = Some(client.now);
        let connected = events::connected(&identity.provider, "registration");
        Ok(Connection {
            claim: link.claimed(),
            link,
            connected: audit::row(app, client, account.id, connected),
            waiting: (self.key(), self.unspent()),
        })
    }
}

/// The identity of an account that comes into being.
pub(crate) struct Connection {
    claim: ClaimRow,
    link: LinkRow,
    connected: AuditRow,
    waiting: (Key, Condition),
}

impl Connection {
    /// The steps that connect it: 4 items. Refused if an account has the identity by now, or the registration was
    /// confirmed.
    pub(crate) fn add_to<'a, E: From<Fault>>(
        &self,
        transaction: Transaction<'a, E>,
        refused: impl Fn() -> E,
    ) -> Transaction<'a, E> {
        let (key, unspent) = &self.waiting;
        transaction
            .delete(key, Some(unspent))
            .or(refused())
            .create(&self.claim)
            .or(refused())
            .create(&self.link)
            .create(&self.connected)
    }
}

/// The identity that waits with a registration: 1 `GetItem`, 1 read unit.
pub(crate) async fn waiting(
    store: &Store,
    id: RegistrationId,
    now: Timestamp,
) -> Result<Option<PendingIdentity>, Fault> {
    let found: Option<PendingIdentity> = store.get(&keys::pending_identity(id)).await?;
    Ok(found.filter(|found| found.expires_at > now))
}

/// The same, for who holds the registration's token.
pub(super) async fn held(
    store: &Store,
    token: &RegistrationToken,
    now: Timestamp,
) -> Result<Option<PendingIdentity>, Fault> {
    let found = waiting(store, RegistrationId::from_bytes(token.id()), now).await?;
    Ok(found.filter(|found| found.token_digest == token.digest()))
}
