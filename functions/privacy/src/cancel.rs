//! `DELETE /api/auth/data-requests/{id}`

use axum::extract::{Path, State};
use http::StatusCode;
use latchkey_identity::accounts::codes::CODE_INVALID;
use latchkey_identity::app::App;
use latchkey_identity::privacy::cancel_deletion::{CancelDeletionError, by_person};
use latchkey_identity::privacy::codes::NOT_CANCELLABLE;
use latchkey_identity::sessions::codes::{TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::{EvenLeaving, SignedIn};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::NOT_FOUND;
use latchkey_kernel::problems;

problems!(CancelProblems: TOKEN_INVALID, TOKEN_MISSING, NOT_FOUND, NOT_CANCELLABLE);

/// Cancel one of my requests
///
/// Takes back a deletion that is still in its grace: the account is at once what it was before.
#[utoipa::path(
    delete, path = "/api/auth/data-requests/{id}", tag = "privacy", operation_id = "cancel_data_request",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The request's id.", format = Uuid)),
    responses((status = 204, description = "Cancelled."), CancelProblems),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    client: Client,
    EvenLeaving(SignedIn { account, .. }): EvenLeaving,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = id.parse().map_err(|_| Problem::new(NOT_FOUND))?;
    by_person(&app, &client, &account, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: CancelDeletionError) -> Problem {
    match error {
        CancelDeletionError::Refused(refused) => refused.into(),
        CancelDeletionError::NotFound => Problem::new(NOT_FOUND),
        CancelDeletionError::NotCancellable => Problem::new(NOT_CANCELLABLE),
        CancelDeletionError::LinkInvalid => Problem::new(CODE_INVALID),
        CancelDeletionError::Failed(fault) => fault.into(),
    }
}
