//! A person's passkeys. They are at most ten, so the list has one page.

use super::{Passkey, store};
use crate::accounts::{Account, PasskeyId};
use crate::app::App;
use latchkey_kernel::fault::Fault;

/// All of them, oldest first: 1 `BatchGetItem`, 1 read unit each; no request for none.
pub async fn list(app: &App, account: &Account) -> Result<Vec<Passkey>, Fault> {
    let rows = store::all(&app.store, account.id, account.factors.passkeys()).await?;
    Ok(rows.into_iter().map(Passkey::from).collect())
}

/// One of them: 1 `GetItem`. None if it is somebody else's, like one that does not exist.
pub async fn look(app: &App, account: &Account, id: PasskeyId) -> Result<Option<Passkey>, Fault> {
    Ok(store::find(&app.store, account.id, id).await?.map(Passkey::from))
}
