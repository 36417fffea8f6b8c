//! `PATCH /api/auth/sessions/{id}`

use axum::extract::{Path, State};
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::name_device::{self, NameDeviceError};
use latchkey_identity::sessions::{DeviceName, SessionId, SignedIn};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::sessions::SessionView;

/// What the user calls the device.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameDeviceBody {
    /// Its name in the list of sessions, on one line.
    #[schema(example = "Ada's laptop", min_length = 1, max_length = 64)]
    device_name: String,
}

problems!(NameDeviceProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, NOT_FOUND, VALIDATION_FAILED);

/// Name the device of one of my sessions
#[utoipa::path(
    patch, path = "/api/auth/sessions/{id}", tag = "account", operation_id = "name_device",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The session's id.", format = Uuid)),
    request_body = NameDeviceBody,
    responses(
        (status = 200, description = "The session, with its device as it is called now.", body = SessionView),
        NameDeviceProblems,
    ),
)]
pub(crate) async fn name_device(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(body): Json<NameDeviceBody>,
) -> Result<Json<SessionView>, Problem> {
    let id: SessionId = id.parse().map_err(|_| Problem::new(NOT_FOUND))?;
    let mut fields = Fields::default();
    let Some(name) = fields.read("/device_name", DeviceName::parse(&body.device_name)) else {
        return Err(fields.into());
    };
    let named = name_device::name_device(&app, &client, &signed_in, id, name).await.map_err(problem)?;
    Ok(Json(SessionView::from(named)))
}

fn problem(error: NameDeviceError) -> Problem {
    match error {
        NameDeviceError::Refused(refused) => refused.into(),
        NameDeviceError::NotFound => Problem::new(NOT_FOUND),
        NameDeviceError::Failed(fault) => fault.into(),
    }
}
