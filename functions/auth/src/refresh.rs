//! `POST /api/auth/token/refresh`

use axum::extract::State;
use http::HeaderMap;
use latchkey_identity::app::App;
use latchkey_identity::sessions::authenticate::{AuthenticateError, refresh_cookie};
use latchkey_identity::sessions::codes::{TOKEN_INVALID, TOKEN_MISSING, TOKEN_REUSED};
use latchkey_identity::sessions::refresh::{self, RefreshError, Refreshed};
use latchkey_identity::sessions::{TokenResponse, TokensIn};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::body::OptionalJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::CSRF_FAILED;
use latchkey_kernel::http::cookies::SetCookies;
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

/// The token to refresh with, unless a cookie holds it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    /// The latest refresh token.
    refresh: Option<String>,
}

problems!(RefreshProblems: TOKEN_INVALID, TOKEN_MISSING, TOKEN_REUSED, CSRF_FAILED);

/// A refusal. A browser whose session is over forgets its cookies.
type Refusal = (Option<SetCookies>, Problem);

/// Refresh
///
/// Answers with a new pair; the refresh token that was sent is spent. Sent again within a few seconds it gets the
/// same successor; sent again later it ends the session (`token_reused`). In cookie mode the body stays empty, and the
/// new pair goes into the cookies.
#[utoipa::path(
    post, path = "/api/auth/token/refresh", tag = "auth", operation_id = "refresh",
    request_body = Option<RefreshBody>,
    responses((status = 200, description = "A new pair.", body = TokenResponse), RefreshProblems),
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    OptionalJson(body): OptionalJson<RefreshBody>,
) -> Result<TokenResponse, Refusal> {
    let (token, tokens_in) = match body.refresh {
        Some(token) => (token, TokensIn::Body),
        None => (by_cookie(&app, &client, &headers).await?, TokensIn::Cookies),
    };
    let issuer = app.access_tokens.issuer().await.map_err(|error| (None, error.into()))?;
    let refreshed = refresh::refresh(&app, &client, &token).await.map_err(|error| {
        let over = matches!(error, RefreshError::TokenInvalid | RefreshError::TokenReused);
        (cleared(&app, over && tokens_in == TokensIn::Cookies), problem(error))
    })?;
    let Refreshed { account, session, refresh_token } = &refreshed;
    let response = TokenResponse::new(&app, &issuer, &client, account, session, refresh_token, tokens_in);
    response.await.map_err(|problem| (None, problem))
}

async fn by_cookie(app: &App, client: &Client, headers: &HeaderMap) -> Result<String, Refusal> {
    let found = refresh_cookie(app, client, headers).await;
    found.map(|token| token.reveal()).map_err(|error| {
        let over = matches!(error, AuthenticateError::TokenInvalid);
        (cleared(app, over), error.into())
    })
}

fn cleared(app: &App, over: bool) -> Option<SetCookies> {
    over.then(|| app.config.browsers.cookies.cleared())
}

fn problem(error: RefreshError) -> Problem {
    match error {
        RefreshError::Refused(refused) => refused.into(),
        RefreshError::TokenInvalid => Problem::new(TOKEN_INVALID),
        RefreshError::TokenReused => Problem::new(TOKEN_REUSED),
        error @ RefreshError::KeyUnknown => Problem::unavailable(error),
        RefreshError::Failed(fault) => fault.into(),
    }
}
