//! Naming the device of a session: what its user calls it in the list of sessions.

use super::list::Listed;
use super::{DeviceName, SessionId, SignedIn, store};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// Why no device was named.
#[derive(Debug, thiserror::Error)]
pub enum NameDeviceError {
    /// Too many requests of the user for sessions.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The user has no such session that is alive.
    #[error("there is no such session")]
    NotFound,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Names the device of one of the user's sessions that is alive: 1 limiter update, then 1 `UpdateItem`. The session as the
/// list shows it.
pub async fn name_device(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    id: SessionId,
    name: DeviceName,
) -> Result<Listed, NameDeviceError> {
    let account = &signed_in.account;
    rate::admit(app, client, Subject::person(account.id), [app.config.own_sessions.limit]).await?;
    let named = store::name_device(&app.store, account, id, name, client.now).await?;
    let session = named.ok_or(NameDeviceError::NotFound)?;
    Ok(Listed { current: session.id == signed_in.session.id, session, ended_at: None })
}
