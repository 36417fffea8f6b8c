//! `GET /api/users/{id}`

use axum::extract::{Path, State};
use latchkey_identity::accounts::{self, PublicUser};
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::http::codes::NOT_FOUND;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;

problems!(PublicUserProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, NOT_FOUND);

/// Who somebody is
///
/// What everybody who is signed in may see of a person. An id that is none of ours is answered like one that is no id.
#[utoipa::path(
    get, path = "/api/users/{id}", tag = "account", operation_id = "public_user",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The account's id.", format = Uuid)),
    responses((status = 200, description = "The person, as shown to others.", body = PublicUser), PublicUserProblems),
)]
pub(crate) async fn public_user(
    State(app): State<App>,
    _: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<PublicUser>, Problem> {
    let not_found = || Problem::new(NOT_FOUND);
    let id = id.parse().map_err(|_| not_found())?;
    let found = accounts::by_id(&app.store, id).await?.filter(|found| found.deletion.is_none());
    Ok(Json(PublicUser::from(&found.ok_or_else(not_found)?)))
}
