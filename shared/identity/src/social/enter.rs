//! How a person comes in whom a provider names.
//!
//! - The identity is linked: its account is signed in.
//! - It is not, and an account has its address: that account is given to the person only if the provider is the authority
//!   for the address and nothing but the address and a password stands behind the account. Otherwise the person signs in
//!   with what they have, and connects the provider.
//! - Nobody has the address: an account comes into being, if the provider has seen that the address is the person's.
//! - The provider has not seen that, or tells no address: a mailed code is to prove one ([`prove_email`]), whoever has it.
//!
//! An account whose address was proven by somebody else's trick is not distinguished from the person's own. So whoever is
//! given an account gets it alone ([`link`]): what let others in before does so no more.

use super::create::create;
use super::identity::{Identity, Standing};
use super::link::{Linking, link};
use super::prove_email::{EmailToProve, prove_email};
use super::spending::Spending;
use super::{link, store};
use crate::accounts::{self, Account, AccountId, Availability, EmailAddress, Name, Suspended};
use crate::app::App;
use crate::sessions::{DeviceIs, DeviceToken, Entry, FirstFactor, NextStep, arrive, go_on};
use latchkey_kernel::dynamo::Transaction;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;

/// Why a person does not come in.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// Too many requests.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// What was to be spent was spent before.
    #[error("the code was spent")]
    Spent,
    /// An account has the address, and the person must sign in to it and connect the provider.
    #[error("the account is not linked")]
    NotLinked,
    /// The person is new, and the provider tells no name.
    #[error("the provider tells too little")]
    Incomplete,
    /// What was shown is right, but the account is suspended.
    #[error(transparent)]
    Suspended(#[from] Suspended),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// How the person can come in.
pub(super) enum WayIn {
    /// To this account, which the identity is linked to.
    SignIn(AccountId),
    /// To this account, which gets the link.
    Link(Box<Account>),
    /// To a new account.
    Create(Newcomer),
    /// To a new account of this name, once an address is proven.
    ProveEmail(Name),
}

/// How far a person came.
pub enum Entered {
    /// As far as every sign-in.
    SignedIn(NextStep),
    /// To a registration that waits for an address to be proven.
    EmailToProve(EmailToProve),
}

/// Who gets a new account.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The address that the provider vouches for.
    pub email: EmailAddress,
    /// The name.
    pub name: Name,
}

/// What comes with a person.
pub(super) struct Arriving {
    pub(super) device_name: Option<String>,
    pub(super) device_token: Option<DeviceToken>,
    /// What is spent by coming in.
    pub(super) spends: Spending,
}

impl Arriving {
    /// The beginning of the transaction by which the person comes in.
    pub(super) fn spend<'a>(&self, app: &'a App) -> Transaction<'a, EnterError> {
        self.spends.add_to(app.store.transaction(), EnterError::Spent)
    }
}

/// How the person can come in: 1 `GetItem` of the identity's claim; if there is none, 1 of the address's, and if an
/// account has it, 1 to 3 more.
pub(super) async fn way_in(app: &App, client: &Client, identity: &Identity) -> Result<WayIn, EnterError> {
    let macs = app.macs().await?;
    let mac = identity.mac(macs.lookup_key());
    if let Some(claim) = store::claim(&app.store, &mac).await? {
        return Ok(WayIn::SignIn(claim.account));
    }
    match by_address(app, client, identity).await {
        // Somebody who came in at the same moment may have made the account, and the claim after it was looked for.
        Err(EnterError::NotLinked) => {
            let claim = store::claim(&app.store, &mac).await?;
            claim.map(|claim| WayIn::SignIn(claim.account)).ok_or(EnterError::NotLinked)
        }
        decided => decided,
    }
}

/// How somebody can come in who has not been here before.
async fn by_address(app: &App, client: &Client, identity: &Identity) -> Result<WayIn, EnterError> {
    // An address that the provider does not vouch for is not looked up: that would tell a stranger whether it has an account.
    let vouched = identity.email.as_ref().filter(|email| email.standing >= Standing::Verified);
    let Some(email) = vouched else { return Ok(WayIn::ProveEmail(name_of(identity)?)) };
    match accounts::availability(&app.store, &email.address, client.now).await? {
        Availability::Held => Err(EnterError::NotLinked),
        Availability::Taken(id) => {
            let account = accounts::by_id(&app.store, id).await?.ok_or(EnterError::NotLinked)?;
            let given = email.standing == Standing::Authoritative && link::is_given(app, client, &account).await?;
            if given { Ok(WayIn::Link(Box::new(account))) } else { Err(EnterError::NotLinked) }
        }
        Availability::Free => Ok(WayIn::Create(Newcomer { email: email.address.clone(), name: name_of(identity)? })),
    }
}

fn name_of(identity: &Identity) -> Result<Name, EnterError> {
    let name = identity.name.as_deref().and_then(Name::cleaned);
    name.ok_or(EnterError::Incomplete)
}

/// Lets a person in. What [`way_in`] takes; then 1 `BatchGetItem` and 1 transaction of 5 items, 6 with the mail about a
/// device that is not known, 3 if a second factor is asked for; 1 transaction of 10 items before it if the account gets the
/// link; or 1 transaction of 9 to 11 items if the account is new; or what [`prove_email`] takes. One item less where nothing
/// is spent.
pub(super) async fn enter(
    app: &App,
    client: &Client,
    identity: &Identity,
    arriving: Arriving,
) -> Result<Entered, EnterError> {
    let id = match way_in(app, client, identity).await? {
        WayIn::SignIn(id) => id,
        WayIn::Create(newcomer) => {
            return create(app, client, identity, newcomer, &arriving).await.map(Entered::SignedIn);
        }
        WayIn::ProveEmail(name) => {
            return prove_email(app, client, identity, name, &arriving).await.map(Entered::EmailToProve);
        }
        WayIn::Link(account) => {
            account.let_in()?;
            // Who shows what this account gave to their device before is its person already, and loses nothing.
            let known = arrive(app, client, account.id, arriving.device_token.as_ref()).await?;
            let is_known = known.is_some_and(|(_, device)| matches!(device, DeviceIs::Known(_)));
            let linking = if is_known { Linking::OfItsPerson } else { Linking::ByAddress };
            link(app, client, &account, identity, linking).await?;
            account.id
        }
    };
    let arrived = arrive(app, client, id, arriving.device_token.as_ref()).await?;
    let (account, device) = arrived.ok_or(EnterError::NotLinked)?;
    let mac = identity.mac(app.macs().await?.lookup_key());
    let used = store::used(id, identity, &mac, client.now);
    let transaction = arriving.spend(app).update(&used).or(EnterError::NotLinked);
    let entry = Entry { by: FirstFactor::Provider, device_name: arriving.device_name, device };
    // The account was changed by something else at this moment: the same request again finds it as it is.
    let changed = EnterError::Failed(Fault::CONTENTION);
    go_on(app, client, transaction, account, entry, None, changed).await.map(Entered::SignedIn)
}
