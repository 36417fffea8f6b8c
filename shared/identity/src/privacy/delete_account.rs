//! Deleting an account, by an operator: the same act as when its user asks for it, with the same grace and the same link to
//! take it back, or without a grace.

use super::request_deletion::{Asked, RequestDeletionError, job, schedule};
use super::{events, mails};
use crate::accounts::{self, Account, AccountId, ActError, Deletion, act};
use crate::app::App;
use crate::audit;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::outbox;

impl From<RequestDeletionError> for ActError {
    fn from(error: RequestDeletionError) -> Self {
        match error {
            // No session asks, and no limit counts: the account changed.
            RequestDeletionError::SessionEnded | RequestDeletionError::Refused(_) => Self::Changed,
            RequestDeletionError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Schedules the deletion of an account, `at_once` or at the end of the grace, and tells its user; when it is erased, at the
/// earliest. 2 `GetItem`s, 1 transaction of 5 items. One that is scheduled already stays, or is brought forward: 1 `GetItem`
/// and, for that, 1 transaction of 5 items.
pub async fn delete_account(app: &App, client: &Client, id: AccountId, at_once: bool) -> Result<Timestamp, ActError> {
    act(app, client, id, async |account| match &account.deletion {
        None => Ok(schedule(app, client, account, None, Asked::ByOperator { at_once }).await?.at),
        Some(deletion) if at_once => bring_forward(app, client, account, deletion).await,
        Some(deletion) => Ok(deletion.scheduled_at),
    })
    .await
}

async fn bring_forward(
    app: &App,
    client: &Client,
    account: &Account,
    deletion: &Deletion,
) -> Result<Timestamp, ActError> {
    let content = mails::DeletionScheduled {
        name: account.name.as_str(),
        scheduled_at: client.now,
        link: None,
        by_operator: true,
        origin: &app.origin(client),
    };
    let until = client.now.plus(accounts::mails::NEWS);
    let mail = outbox::mail(app, client, &account.email.deliverable(), &content, until).await?;
    let event = events::deletion_requested(deletion.request);
    app.store
        .transaction()
        .update(&accounts::bring_deletion_forward(account, deletion, client.now))
        .or(ActError::Changed)
        .delete(&outbox::job_key(deletion.request, deletion.scheduled_at), None)
        .create(&job(app, client, account.id, deletion.request, client.now).await?)
        .or(ActError::Failed(Fault::CONTENTION))
        .create(&mail)
        .create(&audit::row_by_operator(app, client, account.id, event))
        .commit()
        .await?;
    Ok(client.now)
}
