//! `DELETE /api/auth/sessions/{id}`

use axum::extract::{Path, State};
use http::StatusCode;
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::end_session::{self, EndSessionError};
use latchkey_identity::sessions::{SessionId, SignedIn};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::NOT_FOUND;
use latchkey_kernel::problems;

problems!(EndSessionProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, NOT_FOUND);

/// End one of my sessions
///
/// Both of its tokens are refused from then on. One that has ended already is answered in the same way.
#[utoipa::path(
    delete, path = "/api/auth/sessions/{id}", tag = "account", operation_id = "end_session",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The session's id.", format = Uuid)),
    responses((status = 204, description = "It has ended."), EndSessionProblems),
)]
pub(crate) async fn end_session(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: SessionId = id.parse().map_err(|_| Problem::new(NOT_FOUND))?;
    end_session::end_session(&app, &client, &signed_in, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: EndSessionError) -> Problem {
    match error {
        EndSessionError::Refused(refused) => refused.into(),
        EndSessionError::NotFound | EndSessionError::Ended => Problem::new(NOT_FOUND),
        EndSessionError::Failed(fault) => fault.into(),
    }
}
