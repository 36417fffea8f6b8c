//! Asking whether a token is good, at once and not only by its signature.

use super::authenticate::{AuthenticateError, confirm};
use super::{refresh_token, store};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate;

/// A token that is good.
pub struct Active {
    /// What kind of token it is.
    pub kind: TokenKind,
    /// Until when it is good, if its session is not ended before.
    pub expires_at: Timestamp,
}

/// The kinds of tokens that can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
}

/// Says of an access or refresh token whether it is good: 1 limiter update and 1 `BatchGetItem` together, 2 read units. Of a refresh token that
/// was just used, too: it still answers with its successor.
pub async fn inspect(app: &App, client: &Client, token: &str) -> Result<Active, AuthenticateError> {
    if token.starts_with(refresh_token::PREFIX) {
        return inspect_refresh(app, client, token).await;
    }
    let claims = app.access_tokens.verify(token, client.now).await?.ok_or(AuthenticateError::TokenInvalid)?;
    let (admitted, confirmed) = tokio::join!(rate::admit_visit(app, client), confirm(app, client, &claims));
    admitted?;
    confirmed?;
    let expires_at =
        Timestamp::from_millisecond(claims.exp.saturating_mul(1000)).ok_or(AuthenticateError::TokenInvalid)?;
    Ok(Active { kind: TokenKind::Access, expires_at })
}

async fn inspect_refresh(app: &App, client: &Client, token: &str) -> Result<Active, AuthenticateError> {
    let token = app.refresh_tokens(client.now).await?.parse(token).ok_or(AuthenticateError::TokenInvalid)?;
    let (admitted, found) = tokio::join!(
        rate::admit_visit(app, client),
        store::with_account(&app.store, token.account_id(), token.session_id()),
    );
    admitted?;
    let (account, session) = found?.ok_or(AuthenticateError::TokenInvalid)?;
    if !session.is_alive(account.session_epoch, client.now) || account.is_closed(client.now) {
        return Err(AuthenticateError::TokenInvalid);
    }
    let grace_ends =
        session.rotated_at.map(|rotated_at| rotated_at.plus(app.config.lifetimes.grace).min(session.expires_at));
    let expires_at = if session.refresh_digest == token.digest() {
        session.idle_expires_at.min(session.expires_at)
    } else if session.previous_digest == Some(token.digest()) && grace_ends.is_some_and(|end| end >= client.now) {
        grace_ends.unwrap_or(client.now)
    } else {
        return Err(AuthenticateError::TokenInvalid);
    };
    Ok(Active { kind: TokenKind::Refresh, expires_at })
}
