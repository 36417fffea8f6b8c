//! Ending all of the person's sessions but the one that asks.
//!
//! However many there are, it is one write: the account's epoch is raised, and the asking session moves to the new one.

use super::{SignedIn, events, store};
use crate::accounts;
use crate::app::App;
use crate::audit;
use latchkey_kernel::dynamo::StoreError;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// How often a request that lost a race looks again.
const TRIES: usize = 3;

/// Why the other sessions were not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndOthersError {
    /// Too many requests of the person for sessions.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The asking session was ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// The epoch moved between the reading and the writing.
    #[error("the account changed meanwhile")]
    Moved,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Ends all other sessions: 1 limiter update and 1 transaction of 3 items. Of two that ask at once from one session,
/// the later reads again (1 `BatchGetItem`) and ends them once more.
pub async fn end_other_sessions(app: &App, client: &Client, signed_in: &SignedIn) -> Result<(), EndOthersError> {
    let person = Subject::person(signed_in.account.id);
    rate::admit(app, client, person, [app.config.own_sessions.limit]).await?;
    let mut signed_in = signed_in.clone();
    for _ in 0..TRIES {
        match raise(app, client, &signed_in).await {
            Err(EndOthersError::Moved) => {}
            other => return other,
        }
        let found = store::with_account(&app.store, signed_in.account.id, signed_in.session.id).await?;
        let (account, session) = found.ok_or(EndOthersError::Ended)?;
        if !session.is_alive(account.session_epoch, client.now) {
            return Err(EndOthersError::Ended);
        }
        signed_in = SignedIn { account, session, ..signed_in };
    }
    Err(Fault::from(StoreError::Unavailable("the account kept changing".to_owned())).into())
}

async fn raise(app: &App, client: &Client, SignedIn { account, session, .. }: &SignedIn) -> Result<(), EndOthersError> {
    let ended = events::other_sessions_ended(session.id);
    app.store
        .transaction()
        .update(&accounts::end_sessions(account, client.now))
        .or(EndOthersError::Moved)
        .update(&store::move_to_epoch(session, account.session_epoch.saturating_add(1)))
        .or(EndOthersError::Moved)
        .create(&audit::row(app, client, account.id, ended))
        .commit()
        .await
}
