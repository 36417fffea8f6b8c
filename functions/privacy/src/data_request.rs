//! `GET /api/auth/data-requests/{id}`

use axum::extract::{Path, State};
use latchkey_identity::accounts::Account;
use latchkey_identity::app::App;
use latchkey_identity::privacy::{DataRequest, DataRequestId, RequestType, Status, find};
use latchkey_identity::sessions::codes::{TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::{EvenLeaving, SignedIn};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::codes::NOT_FOUND;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// What the person asked us to do.
#[derive(Serialize, ToSchema)]
#[schema(as = DataRequest)]
pub(crate) struct DataRequestAnswer {
    /// The request's id.
    id: DataRequestId,
    /// What is asked for.
    request_type: RequestType,
    /// How far it is.
    status: Status,
    /// What I said of it.
    notes: Option<String>,
    /// What became of it, in words.
    outcome: Option<String>,
    /// When a deletion is carried out, at the earliest, while it can be taken back.
    scheduled_at: Option<Timestamp>,
    /// When we began to carry it out.
    started_at: Option<Timestamp>,
    /// When it was carried out, could not be, or was taken back.
    finished_at: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// When its status last changed.
    updated_at: Timestamp,
}

impl DataRequestAnswer {
    /// A request, and when it is due if it is a deletion in its grace.
    pub(crate) fn of(request: DataRequest, scheduled_at: Option<Timestamp>) -> Self {
        let DataRequest { id, request_type, status, notes, outcome, .. } = request;
        let DataRequest { started_at, finished_at, created_at, updated_at, .. } = request;
        Self { id, request_type, status, notes, outcome, scheduled_at, started_at, finished_at, created_at, updated_at }
    }

    /// One of a person's requests.
    pub(crate) fn of_person(request: DataRequest, account: &Account) -> Self {
        let due = account.deletion.as_ref().filter(|deletion| deletion.request == request.id);
        Self::of(request, due.map(|deletion| deletion.scheduled_at))
    }
}

problems!(DataRequestProblems: TOKEN_INVALID, TOKEN_MISSING, NOT_FOUND);

/// One of my requests
///
/// Somebody else's is answered like one that does not exist.
#[utoipa::path(
    get, path = "/api/auth/data-requests/{id}", tag = "privacy", operation_id = "data_request",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The request's id.", format = Uuid)),
    responses((status = 200, description = "The request.", body = DataRequestAnswer), DataRequestProblems),
)]
pub(crate) async fn data_request(
    State(app): State<App>,
    EvenLeaving(SignedIn { account, .. }): EvenLeaving,
    Path(id): Path<String>,
) -> Result<Json<DataRequestAnswer>, Problem> {
    let not_found = || Problem::new(NOT_FOUND);
    let id = id.parse().map_err(|_| not_found())?;
    let found = find(&app.store, account.id, id).await?.ok_or_else(not_found)?;
    Ok(Json(DataRequestAnswer::of_person(found, &account)))
}
