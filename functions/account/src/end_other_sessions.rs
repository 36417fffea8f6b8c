//! `DELETE /api/auth/sessions`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::end_other_sessions::{self, EndOthersError};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::problems;

problems!(EndOtherSessionsProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING);

/// End all my other sessions
///
/// Only the session that asks goes on.
#[utoipa::path(
    delete, path = "/api/auth/sessions", tag = "account", operation_id = "end_other_sessions",
    security(("bearer" = [])),
    responses((status = 204, description = "They have ended."), EndOtherSessionsProblems),
)]
pub(crate) async fn end_other_sessions(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
) -> Result<StatusCode, Problem> {
    end_other_sessions::end_other_sessions(&app, &client, &signed_in).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: EndOthersError) -> Problem {
    match error {
        EndOthersError::Refused(refused) => refused.into(),
        EndOthersError::Ended => Problem::new(TOKEN_INVALID),
        // It is tried again until it can be told what became of the session.
        error @ EndOthersError::Moved => Problem::unavailable(error),
        EndOthersError::Failed(fault) => fault.into(),
    }
}
