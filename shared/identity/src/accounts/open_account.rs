//! The moment an account comes into being: one transaction, whichever way its address was proven.

use super::consent::Consent;
use super::registration::PendingRegistration;
use super::store::{EmailClaimRow, UsernameClaimRow};
use super::{Account, events, mails, registration_store};
use crate::app::App;
use crate::audit;
use crate::mfa::challenge::ChallengeRow;
use crate::sessions::{self, Session};
use crate::social::Connection;
use latchkey_kernel::dynamo::{Condition, Row as _, Transaction};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::outbox;

/// Why the account cannot come into being.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error("the proof was spent, or replaced by a newer one, or the provider's user has an account by now")]
    Spent,
    #[error("the address belongs to an account by now")]
    EmailTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// The account that this registration asks for.
pub(super) fn account_of(app: &App, registration: &PendingRegistration, client: &Client) -> Account {
    Account {
        username: registration.username.clone(),
        password: registration.password.clone(),
        marketing_consent: registration.marketing_consent,
        marketing_consent_updated_at: registration.marketing_consent.then_some(registration.created_at),
        ..Account::new(app, client, registration.email.clone(), registration.name.clone())
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

/// 1 `TransactWriteItems` of 7 to 11 items, 4 more with a provider: the registration is spent (if `unspent` holds), the
/// account, its claims and perhaps its first session are created, the welcome mail and the audit rows are written, and
/// the provider that told who registered is connected.
///
/// What a sign-in finds of the latest registration of the address stays until it expires: if it went now, a stranger who
/// had registered the same address could tell from a sign-in that its owner has just confirmed. But the registration is
/// noted there as confirmed, and its password is a wrong one from now on, unless it is the account's.
pub(super) async fn open(
    app: &App,
    registration: &PendingRegistration,
    unspent: &Condition,
    (account, connection): (&Account, Option<&Connection>),
    begins: Begins<'_>,
    client: &Client,
) -> Result<(), OpenError> {
    let noted = registration_store::note_confirmed(registration, app.macs().await?.lookup_key(), client.now);
    let spending = app.store.transaction().delete(&registration.key(), Some(unspent)).or(OpenError::Spent);
    let spending = spending.update(&noted);
    let claims = Claims { email_taken: OpenError::EmailTaken, username_taken: OpenError::UsernameTaken };
    let transaction = come_into_being(app, client, spending, account, claims).await?;
    let mut transaction = transaction.create(&audit::row(app, client, account.id, events::email_confirmed()));
    if let Some(connection) = connection {
        transaction = connection.add_to(transaction, || OpenError::Spent);
    }
    if registration.marketing_consent {
        let said = registration.created_at;
        transaction = transaction.create(&Consent::to_marketing(app, client, account.id, true, said, "registration"));
    }
    match begins {
        Begins::Session(session) => {
            let signed_in = sessions::events::login(session.id, "registration", None);
            transaction = transaction.create(session).create(&audit::row(app, client, account.id, signed_in));
        }
        Begins::Enrolment(challenge) => transaction = transaction.create(challenge),
        Begins::Nothing => {}
    }
    transaction.commit().await
}

/// What it means that somebody has what an account claims.
pub(crate) struct Claims<E> {
    /// The address belongs to an account, or is held for one.
    pub(crate) email_taken: E,
    /// The username is taken.
    pub(crate) username_taken: E,
}

/// The steps by which every account comes into being, in the transaction that spends what proves its address: 4 items,
/// 5 with a username. Its claims are made, its person is welcomed, and the audit log says it.
pub(crate) async fn come_into_being<'a, E: From<Fault>>(
    app: &App,
    client: &Client,
    transaction: Transaction<'a, E>,
    account: &Account,
    claims: Claims<E>,
) -> Result<Transaction<'a, E>, Fault> {
    let content = mails::Welcome { name: account.name.as_str() };
    let until = client.now.plus(mails::NEWS);
    let welcome = outbox::mail(app, client, &account.email.deliverable(), &content, until).await?;
    let transaction = transaction
        .put_if(&EmailClaimRow::new(account.email.normalised(), account.id), &EmailClaimRow::free(client.now))
        .or(claims.email_taken)
        .create(account)
        .create(&welcome)
        .create(&audit::row(app, client, account.id, events::account_created()));
    Ok(match UsernameClaimRow::of(account) {
        Some(claim) => transaction.create(&claim).or(claims.username_taken),
        None => transaction,
    })
}
