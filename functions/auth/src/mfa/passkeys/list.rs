//! `GET /api/auth/mfa/passkeys`

use axum::extract::State;
use latchkey::app::App;
use latchkey::http::page::Page;
use latchkey::http::{Json, Problem};
use latchkey::mfa::passkeys::list::list;
use latchkey::problems;
use latchkey::sessions::SignedIn;
use latchkey::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};

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
