//! Codes that anybody can have mailed to an account, to set a new password or to sign in: each request is a flow.
//!
//! The answer to a request carries a flow token, and the code in the mail is good with this token alone. So a stranger who
//! asks for codes and guesses at them spends the five tries of their own flows, and voids nothing of the owner's. A link
//! in the mail needs no token, since 256 bits cannot be guessed.
//!
//! All flows of an account and purpose lie in one item: up to five, of which the one that would end first makes room: the
//! oldest, but for links that a used-up limit makes last. Of the mails of one network, no more than four come within the
//! hour that a link is good, so that one network cannot push out a link of the owner's. Confirming one ends all, by deleting the item; what else voids them (a new password, another email
//! address) deletes it likewise, without knowing how many there are.
//!
//! An email address without an account has flows too, of an account that does not exist: the same requests, and a token
//! that tells no more (see [`OpaqueToken::generate_hiding`]).

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{AccountId, EmailAddress, keys};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{
    Condition, Entity, Key, Outcome, Row, Store, Update, absent, after, below, equals, holds, present,
};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::outbox::OutboxItem;
use latchkey_kernel::secret::{Code, CodeDigest, Digest, OpaqueToken, TokenKind};

/// How many flows of one account and purpose live side by side.
pub const LIVE: usize = 5;
/// How often a flow is written anew when another one was written at the same moment. The rates let few be.
const WRITES: usize = 6;

/// What a code or link of a flow is for. It opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Setting a password without knowing the old one.
    PasswordReset,
    /// Signing in without a password.
    SignIn,
}

impl Purpose {
    /// The name that keys and digests carry.
    pub fn name(self) -> &'static str {
        match self {
            Self::PasswordReset => "password-reset",
            Self::SignIn => "sign-in",
        }
    }
}

/// A kind of [`FlowToken`].
pub trait FlowKind: TokenKind {
    /// What its flows are for.
    const PURPOSE: Purpose;
}

/// Names a flow and binds its code to the request; account and slot are hidden in it.
pub type FlowToken<K> = OpaqueToken<K, 17>;

/// What was mailed: a code, and perhaps a link beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mailed {
    account_id: AccountId,
    purpose: Purpose,
    address: EmailAddress,
    epoch: u32,
    code_digest: CodeDigest,
    code_expires_at: Timestamp,
    link_digest: Option<Digest>,
    link_expires_at: Option<Timestamp>,
}

/// One request for a code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    slot: u8,
    token: Digest,
    mailed: Mailed,
}

/// The flows of an account for one purpose. Beside these fields, the item has a count of tries for each slot.
#[derive(Debug, Serialize, Deserialize)]
pub struct FlowsRow {
    account_id: AccountId,
    purpose: Purpose,
    /// The token of the newest flow, which every writer changes.
    newest: Digest,
    flows: Vec<Flow>,
    /// The tokens of the flows, for conditions.
    #[serde(with = "serde_dynamo::string_set")]
    live: Vec<Digest>,
    ttl: i64,
}

impl Row for FlowsRow {
    const ENTITY: Entity = keys::CODE_FLOWS;

    fn key(&self) -> Key {
        key(self.account_id, self.purpose)
    }
}

/// Where the flows of an account for a purpose lie: what a transaction deletes that makes them void.
pub fn key(account: AccountId, purpose: Purpose) -> Key {
    keys::code_flows(account, purpose.name())
}

/// Where all flows of an account lie, for what ends all of them.
pub(crate) fn keys_of(account: AccountId) -> [Key; 2] {
    [Purpose::PasswordReset, Purpose::SignIn].map(|purpose| key(account, purpose))
}

/// A token for a flow that does not exist: the answer to a request for which nothing was mailed. Like every other token it
/// hides an account, so that it costs the same to try.
pub fn token_of_nothing<K: FlowKind>(account: AccountId, lookup_key: &[u8; 32], entropy: &Entropy) -> FlowToken<K> {
    token_for(account, 0, lookup_key, entropy)
}

fn token_for<K: FlowKind>(account: AccountId, slot: u8, lookup_key: &[u8; 32], entropy: &Entropy) -> FlowToken<K> {
    let mut id = [slot; 17];
    id.iter_mut().zip(account.as_bytes()).for_each(|(to, from)| *to = *from);
    OpaqueToken::generate_hiding(id, lookup_key, entropy)
}

/// The account and the slot that a token hides.
fn hidden_in<K: FlowKind>(token: &FlowToken<K>, lookup_key: &[u8; 32]) -> (AccountId, u8) {
    let [account @ .., slot] = token.hidden_id(lookup_key);
    (AccountId::from_bytes(account), slot)
}

/// The attribute that counts the tries of a slot. A forged token may name any slot, and opens none.
fn tries_of(slot: u8) -> &'static str {
    match slot {
        0 => "tries_0",
        1 => "tries_1",
        2 => "tries_2",
        3 => "tries_3",
        _ => "tries_4",
    }
}

impl Mailed {
    /// A fresh code for the mail, and what the store keeps of it. `epoch` is the account's.
    pub fn issue(
        purpose: Purpose,
        account: AccountId,
        address: &EmailAddress,
        epoch: u32,
        lookup_key: &[u8; 32],
        entropy: &Entropy,
        now: Timestamp,
    ) -> (Self, Code) {
        let code = Code::generate(entropy);
        let mailed = Self {
            account_id: account,
            purpose,
            address: address.clone(),
            epoch,
            code_digest: digest(&code, purpose, account, address, lookup_key),
            code_expires_at: now.plus(Code::LIFE),
            link_digest: None,
            link_expires_at: None,
        };
        (mailed, code)
    }

    /// Gives the code a link beside it, which is good for `life`: its token, for the mail, and until when it is good.
    pub fn add_link<K: TokenKind>(
        &mut self,
        life: SignedDuration,
        entropy: &Entropy,
        now: Timestamp,
    ) -> (OpaqueToken<K>, Timestamp) {
        let link = OpaqueToken::generate(*self.account_id.as_bytes(), entropy);
        let until = now.plus(life);
        self.link_digest = Some(link.digest());
        self.link_expires_at = Some(until);
        (link, until)
    }

    /// When the code expires; a link beside it may live on.
    pub fn code_expires_at(&self) -> Timestamp {
        self.code_expires_at
    }

    fn expires_at(&self) -> Timestamp {
        self.link_expires_at.map_or(self.code_expires_at, |link| link.max(self.code_expires_at))
    }
}

impl Flow {
    /// The account that the flow is of.
    pub fn account_id(&self) -> AccountId {
        self.mailed.account_id
    }

    /// The email address that its mail went to.
    pub fn address(&self) -> &EmailAddress {
        &self.mailed.address
    }

    /// Whether the account's sessions were not ended since.
    pub fn is_of_epoch(&self, epoch: u32) -> bool {
        self.mailed.epoch == epoch
    }

    /// Whether this is the code. To be asked of what [`reserve_try`] gave, since only that has counted the try.
    pub fn is(&self, code: &Code, lookup_key: &[u8; 32]) -> bool {
        let Mailed { account_id, purpose, address, code_digest, .. } = &self.mailed;
        digest(code, *purpose, *account_id, address, lookup_key) == *code_digest
    }

    /// Where the flow lies, with all others of its account and purpose.
    pub fn key(&self) -> Key {
        key(self.mailed.account_id, self.mailed.purpose)
    }

    /// Neither this flow nor another of the account's was confirmed since, and nothing voided it: the condition on which a
    /// transaction deletes the item, and so spends code and link and ends all flows.
    pub fn unspent(&self) -> Condition {
        present().and(holds("live", &self.token))
    }
}

impl FlowsRow {
    /// One flow alone, in the place of all others. Its mail has a link; there is no token, and so no code.
    pub fn of_link(mailed: Mailed, entropy: &Entropy) -> Self {
        let token = Digest::of(&entropy.bytes::<32>());
        let (account_id, purpose, ttl) = (mailed.account_id, mailed.purpose, mailed.expires_at().as_second());
        let flows = vec![Flow { slot: 0, token, mailed }];
        Self { account_id, purpose, newest: token, flows, live: vec![token], ttl }
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

/// Begins a flow: writes it with its mail, beside those in `row`, as it was read. 1 transaction of 2 items; seldom, when
/// another flow began at the same moment, 1 `GetItem` and 1 transaction more.
pub async fn begin<K: FlowKind>(
    app: &App,
    mut row: Option<FlowsRow>,
    mailed: &Mailed,
    mail: &OutboxItem,
    lookup_key: &[u8; 32],
    now: Timestamp,
) -> Result<FlowToken<K>, Fault> {
    for _ in 0..WRITES {
        let (token, update) = adding(row.as_ref(), mailed, lookup_key, &app.entropy, now)?;
        match app.store.transaction().update(&update).or(BeginError::Meanwhile).create(mail).commit().await {
            Ok(()) => return Ok(token),
            Err(BeginError::Meanwhile) => row = app.store.get(&key(mailed.account_id, mailed.purpose)).await?,
            Err(BeginError::Failed(fault)) => return Err(fault),
        }
    }
    Err(Fault::CONTENTION)
}

/// How beginning a flow can fail.
#[derive(Debug, thiserror::Error)]
enum BeginError {
    #[error("another flow began meanwhile")]
    Meanwhile,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// The write that adds a flow, if none was added since `row` was read. Tries of other flows that are counted at the same
/// moment stay counted.
pub fn adding<K: FlowKind>(
    row: Option<&FlowsRow>,
    mailed: &Mailed,
    lookup_key: &[u8; 32],
    entropy: &Entropy,
    now: Timestamp,
) -> Result<(FlowToken<K>, Update), Fault> {
    #[derive(Serialize)]
    #[serde(transparent)]
    struct Live {
        #[serde(with = "serde_dynamo::string_set")]
        tokens: Vec<Digest>,
    }
    let (account, purpose) = (mailed.account_id, mailed.purpose);
    let known = row.map(|row| row.flows.as_slice()).unwrap_or_default();
    let mut flows: Vec<Flow> = known.iter().filter(|flow| flow.mailed.expires_at() > now).cloned().collect();
    while flows.len() >= LIVE {
        let first_to_end = (0..).zip(&flows).min_by_key(|(_, flow)| flow.mailed.expires_at()).map_or(0, |(at, _)| at);
        flows.remove(first_to_end);
    }
    let is_free = |slot: &u8| flows.iter().all(|flow| flow.slot != *slot);
    let slot = (0..).take(LIVE).find(is_free).unwrap_or_default();
    let token: FlowToken<K> = token_for(account, slot, lookup_key, entropy);
    flows.push(Flow { slot, token: token.digest(), mailed: mailed.clone() });
    let tokens = flows.iter().map(|flow| flow.token).collect();
    let ends_at = flows.iter().map(|flow| flow.mailed.expires_at()).max().unwrap_or(now);
    let unchanged = row.map_or_else(absent, |row| equals("newest", row.newest));
    let update = Update::of(key(account, purpose))
        .set("v", FlowsRow::VERSION)
        .set("entity", keys::CODE_FLOWS.name())
        .set("account_id", account.to_string())
        .set("purpose", purpose.name())
        .set("newest", token.digest())
        .set("ttl", ends_at.as_second())
        .set(tries_of(slot), 0_u32)
        .set_structure(keys::CODE_FLOWS, "flows", &flows)?
        .set_structure(keys::CODE_FLOWS, "live", &Live { tokens })?
        .only_if(&unchanged);
    Ok((token, update))
}

/// Counts a try at the code of a flow, before the code is looked at, so that parallel guesses are no more than five: 1
/// `UpdateItem`, 1 write unit per KB. None when the token opens no flow (it is confirmed, void, replaced, or never was), the
/// code has expired, or its tries are used up.
pub async fn reserve_try<K: FlowKind>(
    store: &Store,
    token: &FlowToken<K>,
    lookup_key: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Flow>, Fault> {
    let (account, slot) = hidden_in(token, lookup_key);
    let (digest, tries) = (token.digest(), tries_of(slot));
    let open = present().and(holds("live", &digest)).and(below(tries, Code::TRIES));
    let update = Update::of(key(account, K::PURPOSE)).add(tries, 1).only_if(&open);
    let Outcome::Applied(row) = store.update::<FlowsRow>(update).await? else { return Ok(None) };
    let flow = row.flows.into_iter().find(|flow| flow.token == digest);
    Ok(flow.filter(|flow| flow.mailed.code_expires_at > now))
}

/// Gives a try back: the code was right, and what else came with it was not. 1 `UpdateItem`, 1 write unit per KB.
pub async fn return_try(store: &Store, flow: &Flow) -> Result<(), Fault> {
    let tries = tries_of(flow.slot);
    let same = flow.unspent().and(after(tries, 0_u32));
    store.update_item(Update::of(flow.key()).add(tries, -1).only_if(&same)).await.map(drop)
}

/// What lies behind a link that was mailed for a purpose: 1 `GetItem`, 1 read unit per 4 KB. None when the link is spent,
/// void, replaced, expired or invented. Reading spends nothing and counts nothing: 256 bits cannot be guessed.
pub async fn find_by_link<L: TokenKind>(
    store: &Store,
    link: &OpaqueToken<L>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Flow>, Fault> {
    let row: Option<FlowsRow> = store.get(&key(AccountId::from_bytes(link.id()), purpose)).await?;
    let flow = row.and_then(|row| row.flows.into_iter().find(|flow| flow.mailed.link_digest == Some(link.digest())));
    Ok(flow.filter(|flow| flow.mailed.link_expires_at.is_some_and(|expires_at| expires_at > now)))
}
