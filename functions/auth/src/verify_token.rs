//! `POST /api/auth/token/verify`

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::TOKEN_INVALID;
use latchkey_identity::sessions::inspect::{TokenKind, inspect};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The token in question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyTokenBody {
    /// An access or refresh token.
    token: String,
}

/// A token that is good.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerifyTokenAnswer {
    /// Always `true`; a token that is not good is answered 401.
    active: bool,
    /// `access` or `refresh`.
    #[schema(example = "access")]
    token_type: &'static str,
    /// Until when it is good, if its session is not ended before.
    expires_at: Timestamp,
}

problems!(VerifyTokenProblems: TOKEN_INVALID);

/// Ask whether a token is good
///
/// The answer is immediate: a token of a session that has ended is refused.
#[utoipa::path(
    post, path = "/api/auth/token/verify", tag = "auth", operation_id = "verify_token",
    request_body = VerifyTokenBody,
    responses((status = 200, description = "It is good.", body = VerifyTokenAnswer), VerifyTokenProblems),
)]
pub(crate) async fn verify_token(
    State(app): State<App>,
    client: Client,
    Json(body): Json<VerifyTokenBody>,
) -> Result<Json<VerifyTokenAnswer>, Problem> {
    let active = inspect(&app, &client, &body.token).await?;
    let token_type = match active.kind {
        TokenKind::Access => "access",
        TokenKind::Refresh => "refresh",
    };
    Ok(Json(VerifyTokenAnswer { active: true, token_type, expires_at: active.expires_at }))
}
