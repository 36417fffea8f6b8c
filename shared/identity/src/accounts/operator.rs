//! What an operator does to an account, with the command line: suspending it, ending its sessions, taking its second factors
//! away, deleting it. Each act is a file of its own, in the domain that it belongs to; this is what they share.
//!
//! They go through the same transactions, audit log and outbox as what users do. No limit counts them, and the audit log
//! names the operator as their actor.

use super::{Account, AccountId, by_id};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// How often an act is tried when its account changes at the same moment.
const TRIES: usize = 8;

/// Why an act did not happen. Then nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// There is no such account, or it is being erased.
    #[error("there is no such account")]
    NotFound,
    /// The account is as the act would leave it.
    #[error("there is nothing to do")]
    NothingToDo,
    /// The account changed since it was read.
    #[error("the account changed meanwhile")]
    Changed,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Does something to an account as it is now: 1 `GetItem`, and the act; both again when the account changed in between.
pub(crate) async fn act<T>(
    app: &App,
    client: &Client,
    id: AccountId,
    once: impl AsyncFn(&Account) -> Result<T, ActError>,
) -> Result<T, ActError> {
    for _ in 0..TRIES {
        let account = by_id(&app.store, id).await?.filter(|account| !account.is_gone(client.now));
        let account = account.ok_or(ActError::NotFound)?;
        match once(&account).await {
            Err(ActError::Changed) => {}
            done => return done,
        }
    }
    Err(Fault::CONTENTION.into())
}
