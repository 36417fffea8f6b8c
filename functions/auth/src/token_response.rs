//! The answer of everything that signs a person in.

use latchkey::accounts::{Account, User};
use latchkey::client::Client;
use latchkey::http::Problem;
use latchkey::sessions::{RefreshToken, Session, TokenIssuer};
use serde::Serialize;
use utoipa::ToSchema;

/// A pair of tokens, and whose it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenResponse {
    /// The access token: a JWT, to be sent as `Authorization: Bearer`.
    access: String,
    /// The refresh token: opaque, good for one refresh.
    refresh: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: i64,
    /// Seconds until the refresh token expires unless it is used.
    #[schema(example = 2_592_000)]
    refresh_expires_in: i64,
    /// The person.
    user: User,
}

impl TokenResponse {
    /// The tokens of a session, with a fresh access token.
    pub(crate) fn new(
        issuer: &TokenIssuer<'_>,
        client: &Client,
        account: &Account,
        session: &Session,
        refresh: &RefreshToken,
    ) -> Result<Self, Problem> {
        let access = issuer.issue(account, session, client.now);
        let refresh_expires_at = session.idle_expires_at.min(session.expires_at);
        Ok(Self {
            access: access.ok_or_else(|| Problem::internal("the signing key cannot sign"))?,
            refresh: refresh.reveal(),
            token_type: "Bearer",
            expires_in: issuer.life().as_secs(),
            refresh_expires_in: refresh_expires_at.since(client.now).as_secs(),
            user: User::from(account),
        })
    }
}
