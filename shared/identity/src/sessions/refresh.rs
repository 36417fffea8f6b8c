//! Refreshing: a refresh token is used once and answers with the next (RFC 9700, section 4.14.2).
//!
//! A client that lost the answer, or two tabs that ask at once, come back with the same token within the grace and
//! get the same successor. A token that is older than that means that two hold copies, and nobody can tell who is
//! the thief: the session ends, and the owner is told. A token that is younger than its session is no such sign: the
//! session came out of a backup.

use super::events::REFRESH_TOKEN_REUSED;
use super::store::{self, Rotation};
use super::{RefreshToken, Session, keys, mails, metrics};
use crate::accounts::Account;
use crate::app::App;
use crate::audit::events::suspicious_activity;
use crate::audit::metrics::SUSPICIOUS_ACTIVITY;
use crate::audit::{self, Notice};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::outbox::{self, OutboxItem};

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The session refreshes too often.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Not one of ours, or its session has ended.
    #[error("the refresh token is not valid")]
    TokenInvalid,
    /// Used before, and not just now; its session has been ended.
    #[error("the refresh token was used before")]
    TokenReused,
    /// Rotated a moment ago with a key that this environment does not hold yet; another does.
    #[error("the refresh token was rotated with a newer key")]
    KeyUnknown,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// The session goes on, with these.
pub struct Refreshed {
    /// Whose session it is.
    pub account: Account,
    /// The session as it is now.
    pub session: Session,
    /// The token to refresh it with next.
    pub refresh_token: RefreshToken,
}

/// Refreshes a session. 1 `BatchGetItem`, 2 read units, then 2 limiter updates together, then 1 `UpdateItem`: the limits are
/// judged before the token is spent, so that a refusal costs nobody their session, and only once account and session were
/// found alive, so that a dead token uses up nothing of its owner's. One that was used before counts for the address.
pub async fn refresh(app: &App, client: &Client, token: &str) -> Result<Refreshed, RefreshError> {
    let tokens = app.refresh_tokens(client.now).await?;
    let token = tokens.parse(token).ok_or(RefreshError::TokenInvalid)?;
    let found = store::with_account(&app.store, token.account_id(), token.session_id()).await?;
    let alive = |account: &Account, session: &Session| {
        !account.is_closed(client.now) && session.is_alive(account.session_epoch, client.now)
    };
    let (account, session) =
        found.filter(|(account, session)| alive(account, session)).ok_or(RefreshError::TokenInvalid)?;
    client.trail.about(account.id);
    if session.refresh_digest == token.digest() || is_repetition(app, client, &token, &session) {
        let (admitted, session_admitted) = tokio::join!(
            rate::admit(app, client, Subject::person(account.id), []),
            rate::admit(app, client, Subject::session(session.id), [app.config.sign_in.refresh]),
        );
        admitted.and(session_admitted)?;
    } else {
        rate::admit_visit(app, client).await?;
    }
    let successor = tokens.successor(&token);
    let lifetimes = &app.config.lifetimes;
    let rotation = store::rotate(&app.store, client, &token, successor.digest(), account.session_epoch, lifetimes);
    match rotation.await? {
        Rotation::Rotated(session) => Ok(Refreshed { account, session, refresh_token: successor }),
        Rotation::Refused(None) => Err(RefreshError::TokenInvalid),
        Rotation::Refused(Some(session)) if !session.is_alive(account.session_epoch, client.now) => {
            Err(RefreshError::TokenInvalid)
        }
        // The session was restored from a backup, which knows nothing of this token: no sign of a copy.
        Rotation::Refused(Some(session)) if token.generation() > session.generation => Err(RefreshError::TokenInvalid),
        Rotation::Refused(Some(session)) if is_repetition(app, client, &token, &session) => {
            // No successor is found when another environment rotated with a key that this one does not hold yet.
            let successor = tokens.successors(&token).find(|successor| successor.digest() == session.refresh_digest);
            let refresh_token = successor.ok_or(RefreshError::KeyUnknown)?;
            Ok(Refreshed { account, session, refresh_token })
        }
        Rotation::Refused(Some(_)) => {
            end_for_reuse(app, client, &account, &token).await?;
            Err(RefreshError::TokenReused)
        }
    }
}

/// Whether this is the token that was used last, and only a moment ago.
fn is_repetition(app: &App, client: &Client, token: &RefreshToken, session: &Session) -> bool {
    let within_grace = |rotated_at| client.now.since(rotated_at) <= app.config.lifetimes.grace;
    session.previous_digest == Some(token.digest()) && session.rotated_at.is_some_and(within_grace)
}

/// How ending a session for reuse can fail.
#[derive(Debug, thiserror::Error)]
enum Ending {
    #[error("the session has ended")]
    Already,
    #[error("its person was told of another within a day")]
    ToldToday,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Ends the session of a token that came back, tells the owner unless they were told within a day, and says so in the
/// audit log: 1 transaction of 4 items, or after it 1 of 2. It is refused when another request with an old token ended
/// the session first.
async fn end_for_reuse(
    app: &App,
    client: &Client,
    account: &Account,
    token: &RefreshToken,
) -> Result<(), RefreshError> {
    let suspicious = suspicious_activity(REFRESH_TOKEN_REUSED).with("session", token.session_id());
    let row = audit::row(app, client, account.id, suspicious);
    let end = store::end(&keys::session(token.account_id(), token.session_id()), client.now);
    let begun = || app.store.transaction().update(&end).or(Ending::Already).create(&row);
    let mail = reuse_notice(app, client, account).await?;
    let told = begun()
        .put_if(&Notice::of(account.id, REFRESH_TOKEN_REUSED, client.now), &Notice::is_due(client.now))
        .or(Ending::ToldToday)
        .create(&mail);
    let ended = match told.commit().await {
        Err(Ending::ToldToday) => begun().commit().await,
        ended => ended,
    };
    ended.map_err(|error| match error {
        Ending::Already | Ending::ToldToday => RefreshError::TokenInvalid,
        Ending::Failed(fault) => fault.into(),
    })?;
    app.metrics.count(metrics::REFRESH_TOKEN_REUSED, client.now);
    app.metrics.count(SUSPICIOUS_ACTIVITY, client.now);
    Ok(())
}

async fn reuse_notice(app: &App, client: &Client, account: &Account) -> Result<OutboxItem, Fault> {
    let notice = mails::RefreshTokenReused { name: account.name.as_str(), origin: &app.origin(client) };
    let until = client.now.plus(crate::accounts::mails::NEWS);
    outbox::mail(app, client, &account.email.deliverable(), &notice, until).await
}
