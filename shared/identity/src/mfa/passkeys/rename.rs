//! Calling a passkey otherwise. The name is for its person alone; what the authenticator shows is its own.

use super::{Passkey, PasskeyName, store};
use crate::accounts::{Account, PasskeyId};
use crate::app::App;
use latchkey_kernel::fault::Fault;

/// Gives it this name: 1 `UpdateItem`. None if it is somebody else's, like one that does not exist.
pub async fn rename(app: &App, account: &Account, id: PasskeyId, name: &PasskeyName) -> Result<Option<Passkey>, Fault> {
    Ok(store::rename(&app.store, account.id, id, name).await?.map(Passkey::from))
}
