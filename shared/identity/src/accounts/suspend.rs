//! Suspending an account, and lifting that: an operator closes every way in.
//!
//! Suspending ends every session in its own transaction, so that the next request of each is refused; every mailed code
//! dies, and exports that were asked for open no more. From then on every way in is closed: what would let in is answered
//! with `suspended`, all else as for an account that does not exist. A password cannot be reset: the mail that is asked for
//! says that the account is suspended, and its answer is every other's.
//!
//! Two links stay good, since neither lets anyone in: the one that undoes a change of the address, or an owner who lost the
//! account to a thief would lose the seven days as well, and the one that takes a deletion back.

use super::operator::{ActError, act};
use super::store::close_exports;
use super::{Account, AccountId, code_flow, end_sessions, events, mails, touch};
use crate::app::App;
use crate::audit;
use latchkey_kernel::dynamo::{has, unset};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::outbox::{self, OutboxItem};

/// Suspends an account, and tells its user: 1 `GetItem`, 1 transaction of 5 items.
pub async fn suspend(app: &App, client: &Client, id: AccountId) -> Result<(), ActError> {
    act(app, client, id, async |account| {
        if account.is_suspended() {
            return Err(ActError::NothingToDo);
        }
        let update = close_exports(end_sessions(account, client.now).set("suspended_at", client.now));
        let transaction = app.store.transaction().update(&update.only_if(&unset("suspended_at")));
        let transaction = transaction
            .or(ActError::Changed)
            .create(&notice(app, client, account, false).await?)
            .create(&audit::row_by_operator(app, client, account.id, events::account_suspended()));
        let codes = code_flow::keys_of(account.id);
        codes.iter().fold(transaction, |transaction, code| transaction.delete(code, None)).commit().await
    })
    .await
}

/// Lifts the suspension of an account, and tells its user, who signs in anew: 1 `GetItem`, 1 transaction of 3 items.
pub async fn lift(app: &App, client: &Client, id: AccountId) -> Result<(), ActError> {
    act(app, client, id, async |account| {
        if !account.is_suspended() {
            return Err(ActError::NothingToDo);
        }
        let update = touch(account, client.now).remove("suspended_at").only_if(&has("suspended_at"));
        let content = mails::AccountRestored { name: account.name.as_str() };
        let until = client.now.plus(mails::NEWS);
        let mail = outbox::mail(app, client, &account.email.deliverable(), &content, until).await?;
        app.store
            .transaction()
            .update(&update)
            .or(ActError::Changed)
            .create(&mail)
            .create(&audit::row_by_operator(app, client, account.id, events::account_restored()))
            .commit()
            .await
    })
    .await
}

/// The mail to the user of a suspended account; `asked`: in the place of a code or link that was asked for.
pub(super) async fn notice(app: &App, client: &Client, account: &Account, asked: bool) -> Result<OutboxItem, Fault> {
    let content = mails::AccountSuspended { name: account.name.as_str(), asked };
    outbox::mail(app, client, &account.email.deliverable(), &content, client.now.plus(mails::NEWS)).await
}
