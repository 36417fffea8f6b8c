//! Ending one of the person's own sessions, from another one or from itself.

use super::{SessionId, SignedIn, events, keys, store};
use crate::app::App;
use crate::audit;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// Why no session was ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionError {
    /// Too many requests of the person for sessions.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The person has no such session.
    #[error("there is no such session")]
    NotFound,
    /// It ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Ends a session of the person: 1 limiter update and 1 `GetItem` together, then 1 transaction of 2 items. One that
/// has ended already stays as it is, and nothing is written.
pub async fn end_session(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    id: SessionId,
) -> Result<(), EndSessionError> {
    let account = &signed_in.account;
    let (admitted, found) = tokio::join!(
        rate::admit(app, client, Subject::person(account.id), [app.config.own_sessions.limit]),
        store::find(&app.store, account.id, id),
    );
    admitted?;
    let session = found?.ok_or(EndSessionError::NotFound)?;
    if !session.is_alive(account.session_epoch, client.now) {
        return Ok(());
    }
    let ended = events::session_ended(id, signed_in.session.id);
    let outcome = app
        .store
        .transaction()
        .update(&store::end(&keys::session(account.id, id), client.now))
        .or(EndSessionError::Ended)
        .create(&audit::row(app, client, account.id, ended))
        .commit()
        .await;
    match outcome {
        // Somebody was faster, and what was wanted is so.
        Err(EndSessionError::Ended) => Ok(()),
        other => other,
    }
}
