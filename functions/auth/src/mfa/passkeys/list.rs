//! `GET /api/auth/mfa/passkeys`

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_identity::mfa::passkeys::list::list;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::http::page::Page;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;

use super::PasskeyView;

problems!(PasskeysProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING);

/// My passkeys
///
/// Oldest first. There are at most ten, so there is one page.
#[utoipa::path(
    get, path = "/api/auth/mfa/passkeys", tag = "mfa", operation_id = "passkeys",
    security(("bearer" = [])),
    responses((status = 200, description = "All of them.", body = Page<PasskeyView>), PasskeysProblems),
)]
pub(crate) async fn passkeys(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
) -> Result<Json<Page<PasskeyView>>, Problem> {
    let items = list(&app, &account).await?.into_iter().map(PasskeyView::from).collect();
    Ok(Json(Page { items, next_cursor: None }))
}
