//! `POST /api/auth/data-requests`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::app::App;
use latchkey_identity::privacy::request_deletion::{RequestDeletionError, request_deletion};
use latchkey_identity::privacy::request_export::request_export;
use latchkey_identity::privacy::{Notes, RequestType};
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up::Fresh;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::data_request::DataRequestAnswer;

/// What a person asks us to do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateDataRequest)]
pub(crate) struct CreateBody {
    /// What is asked for.
    #[schema(example = "EXPORT")]
    request_type: RequestType,
    /// What there is to say of it, at most 500 characters.
    notes: Option<String>,
}

problems!(CreateProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, STEP_UP_REQUIRED, VALIDATION_FAILED);

/// Ask for my data, or for its deletion
///
/// Needs a password or code that was shown in the last five minutes. An `EXPORT` packs everything that is known of me; its
/// link comes by mail and is good for some days. A `DELETE` is `DELETE /api/auth/me`: all sessions end, and the account is
/// erased when the grace is over. There is one at a time: while it waits, a session can only look and take it back.
#[utoipa::path(
    post, path = "/api/auth/data-requests", tag = "privacy", operation_id = "create_data_request",
    security(("bearer" = [])),
    request_body = CreateBody,
    responses((status = 201, description = "It waits to be carried out.", body = DataRequestAnswer), CreateProblems),
)]
pub(crate) async fn create(
    State(app): State<App>,
    client: Client,
    Fresh(signed_in): Fresh,
    Json(body): Json<CreateBody>,
) -> Result<(StatusCode, Json<DataRequestAnswer>), Problem> {
    let account = &signed_in.account;
    let (request_type, notes) = read(&body)?;
    let answer = match request_type {
        RequestType::Export => {
            let request = request_export(&app, &client, account, notes).await?;
            DataRequestAnswer::of(request, None)
        }
        RequestType::Delete => {
            let limit = app.config.data_requests.limit;
            let scheduled = request_deletion(&app, &client, account, notes, limit).await.map_err(deletion_problem)?;
            DataRequestAnswer::of(scheduled.request, Some(scheduled.at))
        }
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

fn read(body: &CreateBody) -> Result<(RequestType, Option<Notes>), Problem> {
    let mut fields = Fields::default();
    match fields.read_optional("/notes", body.notes.as_deref(), Notes::parse) {
        Some(notes) => Ok((body.request_type, notes)),
        None => Err(fields.into()),
    }
}

fn deletion_problem(error: RequestDeletionError) -> Problem {
    match error {
        RequestDeletionError::Refused(refused) => refused.into(),
        RequestDeletionError::SessionEnded => Problem::new(TOKEN_INVALID),
        RequestDeletionError::Failed(fault) => fault.into(),
    }
}
