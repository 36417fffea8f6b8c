//! Signing out: the session ends, and with it both of its tokens.

use super::refresh_token::RefreshToken;
use super::{SessionId, events, keys, store};
use crate::accounts::AccountId;
use crate::app::App;
use crate::audit;
use latchkey_kernel::dynamo::{Condition, equals, unset};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// What shows the session that ends.
pub enum Holder {
    /// An access token that was checked: whose it is, and of which session.
    Access(AccountId, SessionId),
    /// A refresh token, which must be the good one or the one before it.
    Refresh(RefreshToken),
}

/// Why nobody was signed out.
#[derive(Debug, thiserror::Error)]
pub enum SignOutError {
    /// Too many requests of the person.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The token is not good, or its session has ended.
    #[error("the token is not valid")]
    TokenInvalid,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Ends the session: of a refresh token 1 `BatchGetItem`, 2 read units, and 1 limiter update, since a token that is dead uses
/// up nothing of its owner's; 1 transaction of 2 items. `remember` keeps its row, with the time at which it ended. Without it the
/// row goes, unless the owner was mailed a link that ends the session: then a second transaction takes it out of the list
/// and leaves it to the link, or a thief could make the link useless by signing out.
pub async fn sign_out(app: &App, client: &Client, holder: &Holder, remember: bool) -> Result<(), SignOutError> {
    let (account, session, shown) = shown(holder);
    if let Holder::Refresh(token) = holder {
        admit_holder(app, client, token).await?;
    }
    let key = keys::session(account, session);
    let line = || audit::row(app, client, account, events::logout(session));
    if remember {
        let end = app.store.transaction().update(&store::end_if(&key, shown, client.now));
        return end.or(SignOutError::TokenInvalid).create(&line()).commit().await;
    }
    let forgettable = store::alive_and(shown.clone()).and(unset("end_link"));
    let delete = app.store.transaction().delete(&key, Some(&forgettable));
    match delete.or(SignOutError::TokenInvalid).create(&line()).commit().await {
        Err(SignOutError::TokenInvalid) => {
            let remove = app.store.transaction().update(&store::remove_from_list(&key, shown, client.now));
            remove.or(SignOutError::TokenInvalid).create(&line()).commit().await
        }
        other => other,
    }
}

/// Counts the request for the user of a refresh token, if it was found alive. Of an access token that is done already.
async fn admit_holder(app: &App, client: &Client, token: &RefreshToken) -> Result<(), SignOutError> {
    let found = store::with_account(&app.store, token.account_id(), token.session_id()).await?;
    let (account, session) = found.ok_or(SignOutError::TokenInvalid)?;
    let digest = token.digest();
    let shows = session.refresh_digest == digest || session.previous_digest == Some(digest);
    if !shows || !session.is_alive(account.session_epoch, client.now) || account.is_closed(client.now) {
        return Err(SignOutError::TokenInvalid);
    }
    Ok(rate::admit(app, client, Subject::person(account.id), []).await?)
}

fn shown(holder: &Holder) -> (AccountId, SessionId, Option<Condition>) {
    match holder {
        Holder::Access(account, session) => (*account, *session, None),
        Holder::Refresh(token) => {
            let digest = token.digest();
            let shown = equals("refresh_digest", digest).or(equals("previous_digest", digest));
            (token.account_id(), token.session_id(), Some(shown))
        }
    }
}
