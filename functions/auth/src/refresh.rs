//! `POST /api/auth/token/refresh`

use axum::extract::State;
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Code, Json, Problem};
use latchkey::problems;
use latchkey::sessions::refresh::{RefreshError, refresh as rotate};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::token_response::TokenResponse;

/// The token to refresh with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    /// The latest refresh token.
    refresh: String,
}

problems!(RefreshProblems: MalformedBody, TokenInvalid, TokenReused, BodyTooLarge, UnsupportedMediaType, InvalidBody, RateLimited);

/// Refresh
///
/// Answers with a new pair; the refresh token that was sent is spent. Sent again within a few seconds it gets the
/// same successor; sent again later it ends the session (`token_reused`).
#[utoipa::path(
    post, path = "/api/auth/token/refresh", tag = "auth", operation_id = "refresh",
    request_body = RefreshBody,
    responses((status = 200, description = "A new pair.", body = TokenResponse), RefreshProblems),
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    client: Client,
    Json(body): Json<RefreshBody>,
) -> Result<Json<TokenResponse>, Problem> {
    let issuer = app.access_tokens.issuer().await?;
    let refreshed = rotate(&app, &client, &body.refresh).await.map_err(problem)?;
    TokenResponse::new(&issuer, &client, &refreshed.account, &refreshed.session, &refreshed.refresh_token).map(Json)
}

fn problem(error: RefreshError) -> Problem {
    match error {
        RefreshError::Refused(refused) => refused.into(),
        RefreshError::TokenInvalid => Problem::new(Code::TokenInvalid),
        RefreshError::TokenReused => Problem::new(Code::TokenReused),
        error @ RefreshError::KeyUnknown => Problem::unavailable(error),
        RefreshError::Secret(error) => error.into(),
        RefreshError::Store(error) => error.into(),
    }
}
