//! `GET /api/auth/social/accounts/status`

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::social::{self, Status};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;

problems!(StatusProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING);

/// In which ways I can sign in
///
/// Whether there is a password, and which of the providers are connected.
#[utoipa::path(
    get, path = "/api/auth/social/accounts/status", tag = "social", operation_id = "social_status",
    security(("bearer" = [])),
    responses((status = 200, description = "The ways.", body = Status), StatusProblems),
)]
pub(crate) async fn status(
    State(app): State<App>,
    client: Client,
    SignedIn { account, .. }: SignedIn,
) -> Result<Json<Status>, Problem> {
    Ok(Json(social::status(&app, &client, &account).await?))
}
