//! The sessions of a person, newest first: those that are alive, and those that ended and are remembered.

use super::{Session, SessionId, SignedIn, store};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// A session in the list.
#[derive(Debug)]
pub struct Listed {
    /// The session.
    pub session: Session,
    /// When it ended, by whatever ended it first; none while it is alive.
    pub ended_at: Option<Timestamp>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A page of them.
#[derive(Debug)]
pub struct Sessions {
    /// The page.
    pub listed: Vec<Listed>,
    /// The session after which the next page begins, if there is one.
    pub next: Option<SessionId>,
}

/// The next `limit` sessions of a person after the one with this id: 1 limiter update and 1 `Query` together.
pub async fn list(
    app: &App,
    client: &Client,
    signed_in: &SignedIn,
    after: Option<SessionId>,
    limit: usize,
) -> Result<Sessions, Refused> {
    let SignedIn { account, session: current, .. } = signed_in;
    let (admitted, rows) = tokio::join!(
        rate::admit(app, client, Subject::person(account.id), [app.config.own_sessions.limit]),
        store::newest_first(&app.store, account.id, after, limit),
    );
    admitted?;
    let page = rows?;
    // Older ones are over for longer still.
    let next = page.rows.last().filter(|last| page.more && last.is_remembered(client.now)).map(|last| last.id);
    let shown = page.rows.into_iter().filter(|session| !session.removed && session.is_remembered(client.now));
    let listed = shown.map(|session| Listed {
        ended_at: session.ended(account, client.now),
        current: session.id == current.id,
        session,
    });
    Ok(Sessions { listed: listed.collect(), next })
}
