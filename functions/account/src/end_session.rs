//! `DELETE /api/auth/sessions/{id}`

use axum::extract::{Path, State};
use http::StatusCode;
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Code, Problem};
use latchkey::id::SessionId;
use latchkey::problems;
use latchkey::sessions::SignedIn;
use latchkey::sessions::end_session::{self, EndSessionError};

problems!(EndSessionProblems: TokenInvalid, TokenMissing, DeletionPending, NotFound, RateLimited);

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
    let id: SessionId = id.parse().map_err(|_| Problem::new(Code::NotFound))?;
    end_session::end_session(&app, &client, &signed_in, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: EndSessionError) -> Problem {
    match error {
        EndSessionError::Refused(refused) => refused.into(),
        EndSessionError::NotFound | EndSessionError::Ended => Problem::new(Code::NotFound),
        EndSessionError::Failed(fault) => fault.into(),
    }
}
