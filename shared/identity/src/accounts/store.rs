//! The accounts' items and their claims, and how they are read and written.

use serde::{Deserialize, Serialize};

use super::registration::{PendingLogin, address_mac};
use super::{Account, AccountId, Deletion, EmailAddress, Factors, HashedPassword, ProviderName, Username, keys};
use crate::sessions::SessionId;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{
    Condition, Entity, Key, Row, Store, Update, absent, after, below, equals, from_item, has, lacks, present, unset,
};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::geo::CountryCode;
use latchkey_kernel::http::client::Client;

/// The claim on an address: the one of an account, or one that an account gave up and that is held until a change can
/// be undone no more.
#[derive(Serialize, Deserialize)]
pub(super) struct EmailClaimRow {
    normalised: String,
    account: AccountId,
    held_until: Option<Timestamp>,
    ttl: Option<i64>,
}

impl EmailClaimRow {
    /// The claim of an account on its address, in its normalised form.
    pub(super) fn new(normalised: String, account: AccountId) -> Self {
        Self { normalised, account, held_until: None, ttl: None }
    }

    /// The account that is found by the address; none by one that was given up.
    fn found(&self) -> Option<AccountId> {
        Some(self.account).filter(|_| self.held_until.is_none())
    }

    /// Whether the address is to be had.
    fn standing(&self, now: Timestamp) -> Standing {
        match self.held_until {
            None => Standing::Taken,
            Some(until) if until < now => Standing::Free,
            Some(until) => Standing::Held { by: self.account, until },
        }
    }

    /// The condition on which an address can be claimed: nobody has it, or it was held and is not any more.
    pub(super) fn free(now: Timestamp) -> Condition {
        absent().or(has("held_until").and(below("held_until", now)))
    }
}

impl Row for EmailClaimRow {
    const ENTITY: Entity = keys::EMAIL_CLAIM;

    fn key(&self) -> Key {
        keys::email_claim(&self.normalised)
    }
}

/// The claim on a username.
#[derive(Serialize, Deserialize)]
pub(super) struct UsernameClaimRow {
    folded: String,
    account: AccountId,
}

impl UsernameClaimRow {
    pub(super) fn of(account: &Account) -> Option<Self> {
        account.username.as_ref().map(|username| Self { folded: username.folded(), account: account.id })
    }
}

impl Row for UsernameClaimRow {
    const ENTITY: Entity = keys::USERNAME_CLAIM;

    fn key(&self) -> Key {
        keys::username_claim(&self.folded)
    }
}

/// What a person signs in with: an address or a username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// The normalised address.
    Email(String),
    /// The folded username.
    Username(String),
}

/// The account with this id: 1 `GetItem`, 1 read unit.
pub async fn by_id(store: &Store, id: AccountId) -> Result<Option<Account>, Fault> {
    store.get(&keys::account(id)).await
}

/// What stands behind a login: perhaps an account, perhaps a registration that waits, perhaps both.
pub struct Behind {
    /// The account that has claimed the login.
    pub account: Option<AccountId>,
    /// The latest registration of the address, if it is one and the registration's time is not over.
    pub pending: Option<PendingLogin>,
    /// Whether the address is to be had; of a username it is not asked.
    pub(super) standing: Standing,
}

/// What stands behind a login: 1 `BatchGetItem` of its claim and its pending registration, 1 read unit each. The
/// same for an address and a username, though a username has no registration.
pub async fn behind(store: &Store, login: &Login, lookup_key: &[u8; 32], now: Timestamp) -> Result<Behind, Fault> {
    let (claim, name) = match login {
        Login::Email(normalised) => (keys::email_claim(normalised), normalised),
        Login::Username(folded) => (keys::username_claim(folded), folded),
    };
    let pending = keys::pending_login(&address_mac(lookup_key, name));
    let mut found = store.get_many(&[claim, pending]).await?.into_iter();
    let (account, standing) = match (login, found.next().flatten()) {
        (_, None) => (None, Standing::Free),
        (Login::Email(_), Some(claim)) => {
            let claim: EmailClaimRow = from_item(claim)?;
            (claim.found(), claim.standing(now))
        }
        (Login::Username(_), Some(claim)) => (Some(from_item::<UsernameClaimRow>(claim)?.account), Standing::Taken),
    };
    let pending = found.next().flatten().map(from_item::<PendingLogin>).transpose()?;
    Ok(Behind { account, pending: pending.filter(|pending| pending.expires_at.is_some_and(|end| end > now)), standing })
}

/// The account that has an address now: 1 `GetItem`, 1 read unit.
pub(crate) async fn claimed_by(store: &Store, email: &EmailAddress) -> Result<Option<AccountId>, Fault> {
    let claim: Option<EmailClaimRow> = store.get(&keys::email_claim(&email.normalised())).await?;
    Ok(claim.and_then(|claim| claim.found()))
}

/// The account that has a username: 1 `GetItem`, 1 read unit.
pub(super) async fn account_with_username(store: &Store, username: &Username) -> Result<Option<AccountId>, Fault> {
    let claim: Option<UsernameClaimRow> = store.get(&keys::username_claim(&username.folded())).await?;
    Ok(claim.map(|claim| claim.account))
}

/// Whether an address is to be had, for domains that make accounts: 1 `GetItem`, 1 read unit.
pub(crate) async fn availability(store: &Store, email: &EmailAddress, now: Timestamp) -> Result<Availability, Fault> {
    let claim: Option<EmailClaimRow> = store.get(&keys::email_claim(&email.normalised())).await?;
    Ok(match claim.map(|claim| (claim.standing(now), claim.account)) {
        None | Some((Standing::Free, _)) => Availability::Free,
        Some((Standing::Taken, account)) => Availability::Taken(account),
        Some((Standing::Held { .. }, _)) => Availability::Held,
    })
}

/// Whether an address is to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Availability {
    /// It is.
    Free,
    /// This account has it.
    Taken(AccountId),
    /// An account gave it up, and may still want it back.
    Held,
}

/// Whether an address is to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is.
    Free,
    /// An account has it.
    Taken,
    /// An account gave it up, and may still want it back.
    Held {
        /// The account.
        by: AccountId,
        /// Until when.
        until: Timestamp,
    },
}

/// Which of an address and a username are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) email: Standing,
    pub(super) username: bool,
}

/// Whether an address and perhaps a username are taken: 1 `BatchGetItem` of their claims, 1 read unit each.
pub(super) async fn taken(
    store: &Store,
    email: &EmailAddress,
    username: Option<&Username>,
    now: Timestamp,
) -> Result<Taken, Fault> {
    let mut claims = vec![keys::email_claim(&email.normalised())];
    claims.extend(username.map(|username| keys::username_claim(&username.folded())));
    let mut found = store.get_many(&claims).await?.into_iter();
    let email = found.next().flatten().map(from_item::<EmailClaimRow>).transpose()?;
    let email = email.map_or(Standing::Free, |claim| claim.standing(now));
    Ok(Taken { email, username: found.next().flatten().is_some() })
}

/// A change of the person's own data, by a session that is still alive. The beginning of a transaction's step.
pub(crate) fn touch(account: &Account, now: Timestamp) -> Update {
    unchanged(account).set("updated_at", now)
}

/// A sign-in as the account remembers it, if no password was changed and nothing was revoked since it was read. A step of
/// the sign-in's transaction.
pub(crate) fn record_sign_in(
    account: &Account,
    client: &Client,
    rehashed: Option<&HashedPassword>,
) -> Result<Update, Fault> {
    let update = match rehashed {
        Some(password) => rehash(account, password)?,
        None => unchanged(account),
    };
    Ok(count_sign_in(update, client))
}

/// The same beside something else that a sign-in changes of its account.
pub(crate) fn count_sign_in(update: Update, client: &Client) -> Update {
    update.add("login_count", 1).set("last_login_at", client.now).set("last_login_ip", client.address.to_string())
}

/// The same only if nobody disowned the known device that the sign-in comes from.
pub(crate) fn unless_disowned(update: Update, device: SessionId) -> Update {
    update.only_if(&lacks("disowned_devices", &device))
}

/// The same with the country that the sign-in comes from among those that the account knows.
pub(crate) fn remember_country(update: Update, account: &Account, country: CountryCode) -> Result<Update, Fault> {
    match account.countries_with(country) {
        Some(countries) => update.set_structure(keys::ACCOUNT, "countries", &countries),
        None => Ok(update),
    }
}

/// The same password, hashed as passwords are hashed today, if nothing was changed since the account was read. A step of
/// the transaction that the password justifies.
pub(crate) fn rehash(account: &Account, password: &HashedPassword) -> Result<Update, Fault> {
    unchanged(account).set_structure(keys::ACCOUNT, "password", password)
}

/// A change of an account whose sessions were not ended since it was read.
fn unchanged(account: &Account) -> Update {
    Update::of(keys::account(account.id)).only_if(&present().and(equals("session_epoch", account.session_epoch)))
}

/// Other second factors, which end every session; see [`end_sessions`]. A step of the transaction that changes them.
pub(crate) fn set_factors(account: &Account, factors: &Factors, now: Timestamp) -> Result<Update, Fault> {
    with_factors(end_sessions(account, now).set("updated_at", now), factors)
}

/// The same beside something else that changes of the account and ends its sessions.
pub(super) fn with_factors(update: Update, factors: &Factors) -> Result<Update, Fault> {
    if factors.is_empty() {
        return Ok(update.remove("factors"));
    }
    update.set_structure(keys::ACCOUNT, "factors", factors)
}

/// These providers and no others, beside something else that changes of the account.
pub(super) fn with_providers(update: Update, providers: Vec<ProviderName>) -> Result<Update, Fault> {
    #[derive(Serialize)]
    #[serde(transparent)]
    struct Set {
        #[serde(with = "serde_dynamo::string_set")]
        providers: Vec<ProviderName>,
    }
    if providers.is_empty() {
        return Ok(update.remove("social"));
    }
    update.set_structure(keys::ACCOUNT, "social", &Set { providers })
}

/// A new password, which ends every session that the old one let in; see [`end_sessions`]. A step of the transaction
/// that sets it.
pub(super) fn change_password(account: &Account, password: &HashedPassword, now: Timestamp) -> Result<Update, Fault> {
    end_sessions(account, now).set("updated_at", now).set_structure(keys::ACCOUNT, "password", password)
}

/// Schedules the deletion of an account and ends its sessions, if none is scheduled yet. A step of the transaction that
/// writes the request down.
pub(crate) fn schedule_deletion(account: &Account, deletion: &Deletion, now: Timestamp) -> Update {
    end_sessions(account, now)
        .set("deletion_request", deletion.request.to_string())
        .set("deletion_scheduled_at", deletion.scheduled_at)
        .set("deletion_link", deletion.link)
        .only_if(&unset("deletion_request"))
}

/// Makes this very deletion due now, if it is not, and ends the sessions that began meanwhile. A step of the transaction that
/// also brings its job forward.
pub(crate) fn bring_deletion_forward(account: &Account, deletion: &Deletion, now: Timestamp) -> Update {
    let waits = equals("deletion_request", deletion.request.to_string()).and(after("deletion_scheduled_at", now));
    end_sessions(account, now).set("deletion_scheduled_at", now).only_if(&waits)
}

/// Takes this very deletion back, if it is not due, and leaves sessions as they are. A step of the cancelling
/// transaction.
pub(crate) fn restore(account: &Account, deletion: &Deletion, now: Timestamp) -> Update {
    without_deletion(Update::of(keys::account(account.id)), Some(deletion), now)
}

/// The same beside something else that changes of the account. None: there must be none, since somebody may be asking for
/// one at this moment.
pub(crate) fn without_deletion(update: Update, deletion: Option<&Deletion>, now: Timestamp) -> Update {
    let Some(deletion) = deletion else { return update.only_if(&unset("deletion_request")) };
    update
        .remove("deletion_request")
        .remove("deletion_scheduled_at")
        .remove("deletion_link")
        .only_if(&equals("deletion_request", deletion.request.to_string()).and(after("deletion_scheduled_at", now)))
}

/// Closes every export that was asked for until now, beside something else that changes of the account.
pub(crate) fn close_exports(update: Update) -> Update {
    update.add("export_epoch", 1)
}

/// The same, and ends the sessions that began meanwhile.
pub(crate) fn restore_signed_out(account: &Account, deletion: &Deletion, now: Timestamp) -> Update {
    restore(account, deletion, now).add("session_epoch", 1).set("sessions_ended_at", now)
}

/// Ends every session of an account at once, by raising the epoch that they were made under. A step of the transaction
/// of the fact that ends them, which may set other attributes beside; refused when the epoch was raised since the
/// account was read, so of two such facts that race, one happens. The list of sessions shows `now` as their end.
pub fn end_sessions(account: &Account, now: Timestamp) -> Update {
    unchanged(account).add("session_epoch", 1).set("sessions_ended_at", now)
}

/// Makes a stranger of a device for good, whatever tokens it holds and however its sign-ins are under way, and closes the
/// exports that it may have asked for. The beginning of a transaction's step.
pub(crate) fn disown_device(account: AccountId, device: SessionId) -> Update {
    close_exports(Update::of(keys::account(account)).include("disowned_devices", &device).only_if(&present()))
}

/// Forgets disowned devices ([`Account::disowned_to_forget`]). A step of a transaction.
pub(crate) fn forget_disowned(update: Update, devices: &[SessionId]) -> Update {
    update.take_all("disowned_devices", devices)
}

/// A change of an account, whatever has become of it since it was read. The beginning of a transaction's step.
pub(crate) fn change(account: AccountId) -> Update {
    Update::of(keys::account(account)).only_if(&present())
}

/// Reads an account out of an item, as batches give it.
pub(crate) fn read(item: latchkey_kernel::dynamo::Item) -> Result<Account, Fault> {
    from_item(item)
}
