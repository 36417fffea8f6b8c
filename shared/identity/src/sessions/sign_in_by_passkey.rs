//! Signing in with a passkey alone.
//!
//! The authenticator tells whose passkey it is, and verified who used it: that is a person's possession and their finger
//! or PIN, so nothing more is asked, whatever the policy. The work is the same whether or not there is such an account or
//! such a passkey: the same reads, one signature verified, one write.
//!
//! Failures do not count towards the lock of the account's factors. A signature is not guessed, and an account's id is no
//! secret: whoever knows one could keep its person out. For the same reason a lock does not stop a passkey.

use super::begin::{Beginning, Entry, FirstFactor, begin};
use super::known_device::{DeviceIs, issuing_session};
use super::{DeviceToken, NewSession, Session, events, keys, suspicions};
use crate::accounts::{self, Account, AccountId, Suspended};
use crate::app::App;
use crate::audit::{self, Factor};
use crate::mfa::passkeys::{Found, Occasion};
use crate::webauthn::{Assertion, UserVerification};
use latchkey_kernel::dynamo::from_item;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// What a person signs in with.
pub struct SignInByPasskey {
    /// What the passkey signed.
    pub assertion: Assertion,
    /// What the person calls the device.
    pub device_name: Option<String>,
    /// What the device shows to be known. One that is not good makes it a stranger, no more.
    pub device_token: Option<DeviceToken>,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInByPasskeyError {
    /// Too many sign-ins from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No account has this passkey; or what it signed is not the answer to a challenge that is good for signing in.
    #[error("the passkey is not valid")]
    Invalid,
    /// What was shown is right, but the account is suspended.
    #[error(transparent)]
    Suspended(#[from] Suspended),
    /// A dependency failed; the challenge stays good.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Signs a person in. 1 limiter update and 1 `BatchGetItem` together, 3 read units, 4 with a device token; 1 transaction of
/// 5 items, 6 with the mail about a device that is not known, and another if the passkey's count went back; or 1 `PutItem`
/// if it fails, and another where that was the last try from the address.
pub async fn sign_in_by_passkey(
    app: &App,
    client: &Client,
    input: SignInByPasskey,
) -> Result<(Account, NewSession), SignInByPasskeyError> {
    let limits = [app.config.sign_in.sign_in];
    let (admitted, found) = tokio::join!(rate::admit(app, client, Subject::address(client), limits), find(app, &input));
    admitted?;
    let Sought { account, found, issuing } = found?;
    let account = account.filter(|account| !account.is_gone(client.now));
    let verification = UserVerification::Required;
    let shown = found.and_then(|found| {
        found.judge(app, client, account.as_ref(), &Occasion::SignIn, verification, &input.assertion)
    });
    let Some((account, shown)) = account.zip(shown) else {
        audit::record(app, client, None, events::login_failed(Factor::Passkey)).await?;
        if client.tally.was_last(app.config.sign_in.sign_in.name()) {
            suspicions::many_sign_ins_from_address(app, client).await?;
        }
        return Err(SignInByPasskeyError::Invalid);
    };
    account.let_in()?;
    let device = DeviceIs::of(&account, issuing.as_ref(), input.device_token.as_ref(), client.now);
    let entry = Entry { by: FirstFactor::Passkey, device_name: input.device_name, device };
    let proven = shown.proven(app, client, account.id);
    let transaction = proven.spend_alone(app.store.transaction(), || SignInByPasskeyError::Invalid);
    let update = accounts::record_sign_in(&account, client, None)?;
    let beginning = Beginning { account, entry, factor: Some(accounts::Factor::Passkey), update };
    begin(app, client, transaction, beginning, SignInByPasskeyError::Invalid).await
}

/// What the store holds of an assertion and of the device that shows it.
struct Sought {
    account: Option<Account>,
    found: Option<Found>,
    /// The session that issued the device's token.
    issuing: Option<Session>,
}

/// Reads it: 1 `BatchGetItem`. Who says no account, or none that could be, is looked up as one that cannot exist.
async fn find(app: &App, input: &SignInByPasskey) -> Result<Sought, Fault> {
    let handle = input.assertion.user_handle().and_then(|handle| handle.try_into().ok());
    let id = AccountId::from_bytes(handle.unwrap_or([0; 16]));
    let Some(passkey) = Found::keys(id, &input.assertion) else {
        return Ok(Sought { account: None, found: None, issuing: None });
    };
    let issuing = input.device_token.as_ref().map(|token| keys::session(id, issuing_session(token)));
    let wanted: Vec<_> = passkey.into_iter().chain([accounts::keys::account(id)]).chain(issuing).collect();
    let mut items = app.store.get_many(&wanted).await?.into_iter();
    let found = Found::read(items.by_ref())?;
    let account = items.next().flatten().map(accounts::read).transpose()?;
    let issuing = items.next().flatten().map(from_item).transpose()?;
    Ok(Sought { account, found: Some(found), issuing })
}
