//! Signing out: the session ends, and with it both of its tokens.

use super::refresh_token::RefreshToken;
use super::store;
use crate::app::App;
use crate::audit::{self, Event};
use crate::client::Client;
use crate::dynamo::{Condition, StoreError, equals, keys};
use crate::id::{AccountId, SessionId};

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
    /// The token is not good, or its session has ended.
    #[error("the token is not valid")]
    TokenInvalid,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends the session: 1 transaction of 2 items. `remember` keeps its row, with the time at which it ended.
pub async fn sign_out(app: &App, client: &Client, holder: &Holder, remember: bool) -> Result<(), SignOutError> {
    let (account, session, shown) = shown(holder);
    let key = keys::session(account, session);
    let transaction = app.store.transaction();
    let transaction = if remember {
        transaction.update(&store::end_if(&key, shown, client.now))
    } else {
        transaction.delete(&key, Some(&store::alive_and(shown)))
    };
    transaction
        .or(SignOutError::TokenInvalid)
        .create(&audit::row(app, client, account, Event::Logout { session }))
        .commit()
        .await
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
