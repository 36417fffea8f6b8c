//! `GET /api/auth/mfa/passkeys/{id}`

use axum::extract::{Path, State};
use latchkey_identity::accounts::PasskeyId;
use latchkey_identity::app::App;
use latchkey_identity::mfa::passkeys::list::look;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::http::codes::NOT_FOUND;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;

use super::PasskeyView;

problems!(PasskeyProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, NOT_FOUND);

/// One of my passkeys
#[utoipa::path(
    get, path = "/api/auth/mfa/passkeys/{id}", tag = "mfa", operation_id = "passkey",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The passkey's id.", format = Uuid)),
    responses((status = 200, description = "The passkey.", body = PasskeyView), PasskeyProblems),
)]
pub(crate) async fn passkey(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<PasskeyView>, Problem> {
    let id: PasskeyId = id.parse().map_err(|_| Problem::new(NOT_FOUND))?;
    let found = look(&app, &account, id).await?.ok_or_else(|| Problem::new(NOT_FOUND))?;
    Ok(Json(PasskeyView::from(found)))
}
