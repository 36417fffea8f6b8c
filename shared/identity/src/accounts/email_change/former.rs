//! Telling the addresses that an account gave up what happens in it, for as long as a change can be undone: a thief
//! who took a session over and changed the address must not be the only one to hear of an export or a deletion.

use super::mails::{Doing, FormerAddress};
use super::store;
use crate::accounts::Account;
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::outbox::{self, Cause, OutboxItem};

/// The mails to the former addresses of an account, at most ten: 1 `GetItem`, 1 read unit. To be written in the transaction
/// of what they tell of.
pub(crate) async fn notices<E: From<Fault>>(
    app: &App,
    cause: Cause<'_>,
    account: &Account,
    what: Doing,
) -> Result<Vec<OutboxItem>, E> {
    let held = store::chain(&app.store, account.id, cause.now).await?.chain.addresses();
    let mut mails = Vec::new();
    for (address, until) in held.into_iter().filter(|(address, _)| address.normalised() != account.email.normalised()) {
        let content = FormerAddress { what, until };
        mails.push(outbox::mail_of_job(app, cause, &address.deliverable(), &content, until).await?);
    }
    Ok(mails)
}
