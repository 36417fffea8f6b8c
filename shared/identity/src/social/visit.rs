//! One visit to a provider: what waits while a browser is there, and what waits for the page that it comes back to.
//!
//! Neither is worth anything to who finds it in an address: the state needs the cookie of the browser that set out, and the
//! exchange code lives for a minute and is spent by the transaction that signs in.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::exchange_challenge::{ExchangeChallenge, ExchangeVerifier, is_met};
use super::identity::Identity;
use super::{ProviderVisitId, keys};
use crate::accounts::{AccountId, ProviderName};
use crate::sessions::SessionId;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, Store, equals, present};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::{Digest, OpaqueToken, Sealed, Sealer, SealingError, TokenKind};

/// How long a browser may stay at a provider.
const STATE_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// How long the page that it comes back to may take.
const EXCHANGE_LIFE: SignedDuration = SignedDuration::from_mins(1);
/// How long the browser holds what binds a visit to it: until the page that it comes back to has exchanged its code.
pub const BROWSER_LIFE: SignedDuration = SignedDuration::from_mins(11);

/// The kind of [`StateToken`].
pub struct StateKind;

impl TokenKind for StateKind {
    const PREFIX: &'static str = "lks_";
}

/// The `state` that goes to the provider and comes back.
pub type StateToken = OpaqueToken<StateKind>;

/// The kind of [`ExchangeCode`].
pub struct ExchangeKind;

impl TokenKind for ExchangeKind {
    const PREFIX: &'static str = "lkx_";
}

/// What the page that a browser comes back to exchanges for tokens.
pub type ExchangeCode = OpaqueToken<ExchangeKind>;

/// The kind of [`BrowserToken`].
pub struct BrowserKind;

impl TokenKind for BrowserKind {
    const PREFIX: &'static str = "lkb_";
}

/// What only the browser holds that set out.
pub type BrowserToken = OpaqueToken<BrowserKind>;

/// What must come back to us only.
#[derive(Serialize, Deserialize)]
pub(super) struct Secrets {
    pub(super) verifier: String,
    pub(super) nonce: String,
}

/// Why a browser was sent out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// To sign its person in.
    SignIn,
    /// To connect the provider to this account, as this session asked.
    Connect { account: AccountId, session: SessionId },
}

/// A browser that is at a provider.
#[derive(Serialize, Deserialize)]
pub(super) struct StateRow {
    pub(super) id: ProviderVisitId,
    digest: Digest,
    browser: Digest,
    pub(super) provider: ProviderName,
    pub(super) redirect_to: String,
    pub(super) purpose: Purpose,
    challenge: Option<ExchangeChallenge>,
    sealed: Sealed,
    expires_at: Timestamp,
    ttl: i64,
}

impl Row for StateRow {
    const ENTITY: Entity = keys::PROVIDER_VISIT;

    fn key(&self) -> Key {
        keys::provider_visit(self.id)
    }
}

/// What a visit begins with.
pub(super) struct Departure<'a> {
    pub(super) provider: &'a ProviderName,
    pub(super) redirect_to: &'a str,
    pub(super) purpose: Purpose,
    pub(super) challenge: Option<ExchangeChallenge>,
    pub(super) browser: &'a BrowserToken,
    pub(super) secrets: &'a Secrets,
}

impl StateRow {
    /// A visit that begins now, and its state.
    pub(super) fn begin(
        departure: Departure<'_>,
        sealer: &Sealer,
        entropy: &Entropy,
        now: Timestamp,
    ) -> (Self, StateToken) {
        let id = ProviderVisitId::new(entropy, now);
        let state = StateToken::generate(*id.as_bytes(), entropy);
        let secrets = serde_json::to_vec(departure.secrets).unwrap_or_default();
        let expires_at = now.plus(STATE_LIFE);
        let row = Self {
            id,
            digest: state.digest(),
            browser: departure.browser.digest(),
            provider: departure.provider.clone(),
            redirect_to: departure.redirect_to.to_owned(),
            purpose: departure.purpose,
            challenge: departure.challenge,
            sealed: sealer.seal(&secrets, id.as_bytes(), entropy),
            expires_at,
            ttl: expires_at.as_second(),
        };
        (row, state)
    }

    /// What only we know of it.
    pub(super) fn secrets(&self, sealer: &Sealer) -> Result<Secrets, Fault> {
        let plain = sealer.open(&self.sealed, self.id.as_bytes())?;
        serde_json::from_slice(&plain).map_err(|_| SealingError::Damaged.into())
    }

    /// Nobody came back with it since it was read.
    pub(super) fn unspent(&self) -> Condition {
        present().and(equals("digest", self.digest))
    }
}

/// The visit of a state, if this browser set out with it and is not late: 1 `GetItem`, 1 read unit.
pub(super) async fn returning(
    store: &Store,
    state: &StateToken,
    browser: &BrowserToken,
    now: Timestamp,
) -> Result<Option<StateRow>, Fault> {
    let id = ProviderVisitId::from_bytes(state.id());
    let found: Option<StateRow> = store.get(&keys::provider_visit(id)).await?;
    Ok(found
        .filter(|found| found.digest == state.digest() && found.browser == browser.digest() && found.expires_at > now))
}

/// A person whom a provider named, and who is not signed in yet.
#[derive(Serialize, Deserialize)]
pub(super) struct ExchangeRow {
    id: ProviderVisitId,
    digest: Digest,
    browser: Digest,
    challenge: Option<ExchangeChallenge>,
    sealed: Sealed,
    expires_at: Timestamp,
    ttl: i64,
}

impl Row for ExchangeRow {
    const ENTITY: Entity = keys::PROVIDER_RETURN;

    fn key(&self) -> Key {
        keys::provider_return(self.id)
    }
}

impl ExchangeRow {
    /// The person, and the code that signs them in.
    pub(super) fn of(
        visit: &StateRow,
        identity: &Identity,
        sealer: &Sealer,
        entropy: &Entropy,
        now: Timestamp,
    ) -> (Self, ExchangeCode) {
        let code = ExchangeCode::generate(*visit.id.as_bytes(), entropy);
        let identity = serde_json::to_vec(identity).unwrap_or_default();
        let expires_at = now.plus(EXCHANGE_LIFE);
        let row = Self {
            id: visit.id,
            digest: code.digest(),
            browser: visit.browser,
            challenge: visit.challenge,
            sealed: sealer.seal(&identity, visit.id.as_bytes(), entropy),
            expires_at,
            ttl: expires_at.as_second(),
        };
        (row, code)
    }

    /// Who it is.
    pub(super) fn identity(&self, sealer: &Sealer) -> Result<Identity, Fault> {
        let plain = sealer.open(&self.sealed, self.id.as_bytes())?;
        serde_json::from_slice(&plain).map_err(|_| SealingError::Damaged.into())
    }

    /// Nobody was signed in with it since it was read.
    pub(super) fn unspent(&self) -> Condition {
        present().and(equals("digest", self.digest))
    }

    /// Whether a page that shows this is the one that sent the browser out.
    pub(super) fn is_of_page(&self, verifier: Option<&ExchangeVerifier>) -> bool {
        is_met(self.challenge, verifier)
    }

    /// Whether this browser set out and came back.
    pub(super) fn is_of(&self, browser: &BrowserToken) -> bool {
        self.browser == browser.digest()
    }
}

/// What waits for an exchange code, if it is not late: 1 `GetItem`, 1 read unit.
pub(super) async fn waiting(store: &Store, code: &ExchangeCode, now: Timestamp) -> Result<Option<ExchangeRow>, Fault> {
    let id = ProviderVisitId::from_bytes(code.id());
    let found: Option<ExchangeRow> = store.get(&keys::provider_return(id)).await?;
    Ok(found.filter(|found| found.digest == code.digest() && found.expires_at > now))
}
