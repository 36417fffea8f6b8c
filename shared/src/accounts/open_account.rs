//! The moment a registration becomes an account: one transaction, whichever way the address was proven.

use super::registration::PendingRegistration;
use super::store::{AccountRow, EmailClaimRow, UsernameClaimRow};
use super::{Account, mails};
use crate::app::App;
use crate::audit::{self, Event};
use crate::client::Client;
use crate::dynamo::{Condition, Row as _, StoreError};
use crate::id::AccountId;
use crate::mfa::Factors;
use crate::mfa::challenge::ChallengeRow;
use crate::outbox;
use crate::secret::SecretError;
use crate::sessions::Session;

/// Why the account cannot come into being.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("the proof was spent, or replaced by a newer one, meanwhile")]
    Spent,
    #[error("the address belongs to an account by now")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The account that this registration asks for.
pub(super) fn account_of(app: &App, registration: &PendingRegistration, client: &Client) -> Account {
    let now = client.now;
    Account {
        id: AccountId::new(&app.entropy, now),
        email: registration.email.clone(),
        name: registration.name.clone(),
        username: registration.username.clone(),
        password: Some(registration.password.clone()),
        factors: Factors::default(),
        roles: Vec::new(),
        session_epoch: 0,
        disowned_devices: Vec::new(),
        sessions_ended_at: None,
        marketing_consent: registration.marketing_consent,
        marketing_consent_updated_at: registration.marketing_consent.then_some(registration.created_at),
        confirmed_at: now,
        created_at: now,
        updated_at: now,
        login_count: 0,
        last_login_at: None,
        last_login_ip: None,
        countries: app.place(client).and_then(|place| place.country).into_iter().collect(),
        deletion: None,
    }
}

/// What a person has who proved an address.
pub(super) enum Begins<'a> {
    /// The account's first session.
    Session(&'a Session),
    /// A sign-in that waits for a second factor to be enrolled.
    Enrolment(&'a ChallengeRow),
    /// The account alone.
    Nothing,
}

/// 1 `TransactWriteItems` of 6 to 9 items: the registration is spent (if `unspent` holds), the account, its claims
/// and perhaps its first session are created, the welcome mail and the audit rows are written.
///
/// What a sign-in finds of the registration stays until it expires: if it went now, a stranger who had registered
/// the same address could tell from a sign-in that its owner has just confirmed.
pub(super) async fn open(
    app: &App,
    registration: &PendingRegistration,
    unspent: &Condition,
    account: &Account,
    begins: Begins<'_>,
    client: &Client,
) -> Result<(), OpenError> {
    let welcome = outbox::mail(
        app,
        client,
        &account.email.deliverable(),
        &mails::Welcome { name: account.name.as_str() },
        client.now.plus(mails::NEWS),
    )
    .await?;
    let mut transaction = app
        .store
        .transaction()
        .delete(&registration.key(), Some(unspent))
        .or(OpenError::Spent)
        .put_if(&EmailClaimRow::new(account.email.normalised(), account.id), &EmailClaimRow::free(client.now))
        .or(OpenError::EmailTaken)
        .create(&AccountRow::from(account.clone()))
        .create(&welcome)
        .create(&audit::row(app, client, account.id, Event::AccountCreated))
        .create(&audit::row(app, client, account.id, Event::EmailConfirmed));
    if let Some(claim) = UsernameClaimRow::of(account) {
        transaction = transaction.create(&claim).or(OpenError::UsernameTaken);
    }
    match begins {
        Begins::Session(session) => {
            let signed_in = Event::Login { session: session.id, method: "registration", factor: None };
            transaction = transaction.create(&session.row()).create(&audit::row(app, client, account.id, signed_in));
        }
        Begins::Enrolment(challenge) => transaction = transaction.create(challenge),
        Begins::Nothing => {}
    }
    transaction.commit().await
}
