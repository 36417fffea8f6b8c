//! `DELETE /api/auth/data-requests/{id}`

use axum::extract::{Path, State};
use http::StatusCode;
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Code, Problem};
use latchkey::privacy::cancel_deletion::{CancelDeletionError, by_person};
use latchkey::problems;
use latchkey::sessions::{EvenLeaving, SignedIn};

problems!(CancelProblems: TokenInvalid, TokenMissing, NotFound, NotCancellable);

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
    let id = id.parse().map_err(|_| Problem::new(Code::NotFound))?;
    by_person(&app, &client, &account, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: CancelDeletionError) -> Problem {
    match error {
        CancelDeletionError::Refused(refused) => refused.into(),
        CancelDeletionError::NotFound => Problem::new(Code::NotFound),
        CancelDeletionError::NotCancellable => Problem::new(Code::NotCancellable),
        CancelDeletionError::LinkInvalid => Problem::new(Code::CodeInvalid),
        CancelDeletionError::Failed(fault) => fault.into(),
    }
}
