//! The moment a registration becomes an account: one transaction, whichever way the address was proven.

use super::registration::{PendingRegistration, address_mac};
use super::store::{AccountRow, EmailClaimRow, UsernameClaimRow};
use super::{Account, mails};
use crate::app::App;
use crate::audit::{self, Event};
use crate::client::Client;
use crate::dynamo::{Condition, Row as _, StoreError, keys};
use crate::id::AccountId;
use crate::outbox;
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
        roles: Vec::new(),
        session_epoch: 0,
        marketing_consent: registration.marketing_consent,
        marketing_consent_updated_at: registration.marketing_consent.then_some(registration.created_at),
        confirmed_at: now,
        created_at: now,
        updated_at: now,
        login_count: 0,
        last_login_at: None,
        last_login_ip: None,
    }
}

/// 1 `TransactWriteItems` of 7 to 10 items: the registration is spent (if `unspent` holds), the account, its claims
/// and perhaps its first session are created, the welcome mail and the audit rows are written.
pub(super) async fn open(
    app: &App,
    registration: &PendingRegistration,
    unspent: &Condition,
    account: &Account,
    session: Option<&Session>,
    client: &Client,
) -> Result<(), OpenError> {
    let welcome = outbox::mail(
        app,
        client,
        &account.email.deliverable(),
        &mails::Welcome { name: account.name.as_str() },
        client.now.plus(mails::NEWS),
    );
    let pending_login = address_mac(app.sealer.lookup_key(), &account.email.normalised());
    let mut transaction = app
        .store
        .transaction()
        .delete(&registration.key(), Some(unspent))
        .or(OpenError::Spent)
        .create(&EmailClaimRow::of(account))
        .or(OpenError::EmailTaken)
        .create(&AccountRow::from(account.clone()))
        .delete(&keys::pending_login(&pending_login), None)
        .create(&welcome)
        .create(&audit::row(app, client, account.id, Event::AccountCreated))
        .create(&audit::row(app, client, account.id, Event::EmailConfirmed));
    if let Some(claim) = UsernameClaimRow::of(account) {
        transaction = transaction.create(&claim).or(OpenError::UsernameTaken);
    }
    if let Some(session) = session {
        let signed_in = Event::Login { session: session.id, method: "registration" };
        transaction = transaction.create(&session.row()).create(&audit::row(app, client, account.id, signed_in));
    }
    transaction.commit().await
}
