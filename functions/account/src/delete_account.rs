//! `DELETE /api/auth/me`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::app::App;
use latchkey_identity::privacy::request_deletion::{RequestDeletionError, Scheduled, request_deletion};
use latchkey_identity::privacy::{DataRequestId, RequestType, Status};
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up::Fresh;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// A deletion that is scheduled.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeletionAnswer {
    /// The request's id: with it the deletion can be cancelled.
    id: DataRequestId,
    /// Always `DELETE`.
    request_type: RequestType,
    /// How far it is.
    status: Status,
    /// When the account is erased, at the earliest.
    scheduled_at: Timestamp,
    /// What there is to say of it.
    notes: Option<String>,
    /// When it was asked for.
    created_at: Timestamp,
    /// When its status last changed.
    updated_at: Timestamp,
}

problems!(DeleteAccountProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, STEP_UP_REQUIRED);

/// Delete my account
///
/// Needs a password or code that was shown in the last five minutes. All sessions end, and nobody sees the account any
/// more. It is erased when the grace is over. Until then the right password signs in, to a session that can only read
/// the account and its requests and cancel the deletion; a link that is mailed cancels it, too.
#[utoipa::path(
    delete, path = "/api/auth/me", tag = "account", operation_id = "delete_account",
    security(("bearer" = [])),
    responses((status = 202, description = "The deletion is scheduled.", body = DeletionAnswer), DeleteAccountProblems),
)]
pub(crate) async fn delete_account(
    State(app): State<App>,
    client: Client,
    Fresh(signed_in): Fresh,
) -> Result<(StatusCode, Json<DeletionAnswer>), Problem> {
    let limit = app.config.deletion.limit;
    let scheduled = request_deletion(&app, &client, &signed_in.account, None, limit).await.map_err(problem)?;
    Ok((StatusCode::ACCEPTED, Json(DeletionAnswer::from(scheduled))))
}

impl From<Scheduled> for DeletionAnswer {
    fn from(Scheduled { request, at }: Scheduled) -> Self {
        Self {
            id: request.id,
            request_type: request.request_type,
            status: request.status,
            scheduled_at: at,
            notes: request.notes,
            created_at: request.created_at,
            updated_at: request.updated_at,
        }
    }
}

fn problem(error: RequestDeletionError) -> Problem {
    match error {
        RequestDeletionError::Refused(refused) => refused.into(),
        RequestDeletionError::SessionEnded => Problem::new(TOKEN_INVALID),
        RequestDeletionError::Failed(fault) => fault.into(),
    }
}
