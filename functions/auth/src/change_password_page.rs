//! `GET /.well-known/change-password` (W3C, A Well-Known URL for Changing Passwords).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use latchkey_identity::app::App;
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::codes::NOT_FOUND;
use latchkey_kernel::problems;

problems!(ChangePasswordPageProblems: NOT_FOUND);

/// Where people change their password
///
/// For password managers: leads to the page that the owner has configured. 404 where there is none, as password
/// managers expect it then.
#[utoipa::path(
    get, path = "/.well-known/change-password", tag = "discovery", operation_id = "change_password_page",
    responses((status = 303, description = "The page is there."), ChangePasswordPageProblems),
)]
pub(crate) async fn change_password_page(State(app): State<App>) -> Result<Response, Problem> {
    let page = app.config.password_page.url.clone().ok_or_else(|| Problem::new(NOT_FOUND))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, page)]).into_response())
}
