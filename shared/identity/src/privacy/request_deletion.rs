//! Asking that one's account is deleted.
//!
//! From then on it is in no list and no lookup, and all its sessions have ended. It is erased when the grace is over;
//! until then the right password still signs in, to a session that can only look at the request and take it back.

use super::cancel_deletion::CancelLink;
use super::store::DataRequestRow;
use super::worker::Job;
use super::{DataRequest, DataRequestId, Notes, RequestType, events, mails, store};
use crate::accounts::email_change::{Doing, notices_to_former_addresses};
use crate::accounts::{self, Account, AccountId, Deletion};
use crate::app::App;
use crate::audit;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::Transaction;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Limit, Refused, Subject};
use latchkey_kernel::outbox::{self, Cause, OutboxItem};
use latchkey_kernel::secret::OpaqueToken;

/// Why nothing was scheduled.
#[derive(Debug, thiserror::Error)]
pub enum RequestDeletionError {
    /// Asked for too often.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The session was ended while it asked.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// What was scheduled.
#[derive(Debug)]
pub struct Scheduled {
    /// The request.
    pub request: DataRequest,
    /// When the account is erased, at the earliest.
    pub at: Timestamp,
}

/// Who asks for a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The account's user.
    ByUser,
    /// An operator, perhaps without the grace.
    ByOperator {
        /// Whether the account is erased as soon as its turn comes.
        at_once: bool,
    },
}

/// Schedules the deletion of an account, whose person has just shown who they are, counted against this limit. 1 limiter
/// update, 1 `GetItem`, 1 transaction of 5 items, and 1 more for each address that the account gave up and could still get
/// back. Of two requests at once the second answers with the first: 1 `GetItem` of the account and 1 of the request.
pub async fn request_deletion(
    app: &App,
    client: &Client,
    account: &Account,
    notes: Option<Notes>,
    limit: Limit,
) -> Result<Scheduled, RequestDeletionError> {
    rate::admit(app, client, Subject::person(account.id), [limit]).await?;
    match schedule(app, client, account, notes, Asked::ByUser).await {
        Err(RequestDeletionError::SessionEnded) => scheduled_already(app, account).await,
        outcome => outcome,
    }
}

/// Schedules it: 1 `GetItem`, 1 transaction. `SessionEnded` means that the account changed since it was read.
pub(super) async fn schedule(
    app: &App,
    client: &Client,
    account: &Account,
    notes: Option<Notes>,
    asked: Asked,
) -> Result<Scheduled, RequestDeletionError> {
    let id = DataRequestId::new(&app.entropy, client.now);
    let at = match asked {
        Asked::ByOperator { at_once: true } => client.now,
        Asked::ByOperator { at_once: false } | Asked::ByUser => client.now.plus(app.config.deletion.grace),
    };
    let link: CancelLink = OpaqueToken::generate(*account.id.as_bytes(), &app.entropy);
    let deletion = Deletion { request: id, scheduled_at: at, link: link.digest() };
    let request = DataRequest::new(id, account.id, RequestType::Delete, notes, client.now);
    let url = format!("{}/cancel-deletion?token={}", app.config.public_url, link.reveal());
    let in_grace = at > client.now;
    let content = mails::DeletionScheduled {
        name: account.name.as_str(),
        scheduled_at: at,
        link: in_grace.then_some(url.as_str()),
        by_operator: asked != Asked::ByUser,
        origin: &app.origin(client),
    };
    let useful_until = if in_grace { at } else { client.now.plus(accounts::mails::NEWS) };
    let mail = outbox::mail(app, client, &account.email.deliverable(), &content, useful_until).await?;
    let job = job(app, client, account.id, id, at).await?;
    let cause = Cause::from(client);
    let notices = notices_to_former_addresses::<RequestDeletionError>(app, cause, account, Doing::Deletion(at)).await?;
    let event = events::deletion_requested(id);
    let audited = match asked {
        Asked::ByUser => audit::row(app, client, account.id, event),
        Asked::ByOperator { .. } => audit::row_by_operator(app, client, account.id, event),
    };
    let transaction = app
        .store
        .transaction()
        .update(&accounts::schedule_deletion(account, &deletion, client.now))
        .or(RequestDeletionError::SessionEnded)
        .create(&DataRequestRow::from(&request))
        .create(&mail)
        .create(&job)
        .create(&audited);
    notices.iter().fold(transaction, Transaction::create).commit().await?;
    Ok(Scheduled { request, at })
}

/// The job that erases an account at this moment.
pub(super) async fn job(
    app: &App,
    client: &Client,
    account: AccountId,
    request: DataRequestId,
    at: Timestamp,
) -> Result<OutboxItem, Fault> {
    let pseudonym = AccountId::new(&app.entropy, client.now);
    outbox::job(app, Cause::from(client), request, &Job::Erase { account, request, pseudonym }, at).await
}

/// What another request of the same person has just scheduled, if that is why this one came too late.
pub(super) async fn scheduled_already(app: &App, account: &Account) -> Result<Scheduled, RequestDeletionError> {
    let now = accounts::by_id(&app.store, account.id).await?;
    let deletion = now.and_then(|account| account.deletion).ok_or(RequestDeletionError::SessionEnded)?;
    let request = store::find(&app.store, account.id, deletion.request).await?;
    let request = request.ok_or(RequestDeletionError::SessionEnded)?;
    Ok(Scheduled { request, at: deletion.scheduled_at })
}
