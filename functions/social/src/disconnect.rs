//! `POST /api/auth/social/accounts/{provider}/disconnect`

use axum::extract::{Path, State};
use latchkey_identity::accounts::codes::LAST_LOGIN_METHOD;
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up::Fresh;
use latchkey_identity::social::{self, DisconnectError};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, NOT_FOUND};
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Disconnected {
    /// The same in words.
    #[schema(example = "Google was disconnected.")]
    message: String,
}

problems!(
    DisconnectProblems: LAST_LOGIN_METHOD, TOKEN_INVALID, TOKEN_MISSING, CSRF_FAILED, DELETION_PENDING,
    STEP_UP_REQUIRED, NOT_FOUND
);

/// Disconnect a provider from my account
///
/// It does not sign the person in any more. Never the last way in: then 400 `last_login_method`. Needs a fresh session. All
/// other sessions end, and the person is mailed.
#[utoipa::path(
    post, path = "/api/auth/social/accounts/{provider}/disconnect", tag = "social",
    operation_id = "disconnect_provider",
    security(("bearer" = [])),
    params(("provider" = String, Path, description = "The provider.")),
    responses((status = 200, description = "Disconnected.", body = Disconnected), DisconnectProblems),
)]
pub(crate) async fn disconnect(
    State(app): State<App>,
    client: Client,
    Fresh(signed_in): Fresh,
    Path(provider): Path<String>,
) -> Result<Json<Disconnected>, Problem> {
    let provider = social::disconnect(&app, &client, &signed_in, &provider).await.map_err(problem)?;
    Ok(Json(Disconnected { message: format!("{provider} was disconnected.") }))
}

fn problem(error: DisconnectError) -> Problem {
    match error {
        DisconnectError::NotFound => Problem::new(NOT_FOUND),
        DisconnectError::LastWayIn => Problem::new(LAST_LOGIN_METHOD),
        DisconnectError::SessionEnded => Problem::new(TOKEN_INVALID),
        DisconnectError::Failed(fault) => fault.into(),
    }
}
