//! Ending every session of an account, by an operator.
//!
//! What somebody may have begun in one of them ends as well: exports that were asked for open no more, and codes on their
//! way to a new address, or to show once more who one is, die.

use super::{events, mails, store};
use crate::accounts::{self, AccountId, ActError, act};
use crate::app::App;
use crate::audit;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::Store;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::outbox;

/// How many sessions are looked at in one request.
const PAGE: usize = 100;

/// Ends them, and tells the user: 1 `GetItem`, 1 transaction of 3 items.
pub async fn end_all(app: &App, client: &Client, id: AccountId) -> Result<(), ActError> {
    act(app, client, id, async |account| {
        let content = mails::SessionsEnded { name: account.name.as_str() };
        let until = client.now.plus(accounts::mails::NEWS);
        let mail = outbox::mail(app, client, &account.email.deliverable(), &content, until).await?;
        app.store
            .transaction()
            .update(&accounts::close_exports(accounts::end_sessions(account, client.now)))
            .or(ActError::Changed)
            .create(&mail)
            .create(&audit::row_by_operator(app, client, account.id, events::all_sessions_ended()))
            .commit()
            .await
    })
    .await
}

/// How many sessions of an account are alive: 1 `Query` for each 100 that there are rows of.
pub async fn count_alive(store: &Store, account: &accounts::Account, now: Timestamp) -> Result<usize, Fault> {
    let (mut alive, mut after) = (0, None);
    loop {
        let page = store::newest_first(store, account.id, after, PAGE).await?;
        alive += page.rows.iter().filter(|session| session.is_alive(account.session_epoch, now)).count();
        after = page.rows.last().map(|last| last.id);
        if !page.more || after.is_none() {
            return Ok(alive);
        }
    }
}
