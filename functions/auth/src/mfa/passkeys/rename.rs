//! `PATCH /api/auth/mfa/passkeys/{id}`

use axum::extract::{Path, State};
use latchkey_identity::accounts::PasskeyId;
use latchkey_identity::app::App;
use latchkey_identity::mfa::passkeys::PasskeyName;
use latchkey_identity::mfa::passkeys::list::look;
use latchkey_identity::mfa::passkeys::rename::rename;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::http::codes::{NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use super::PasskeyView;

/// What to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenamePasskeyBody {
    /// What the person calls it. Every passkey has a name: `null` leaves it, as leaving the field out does.
    #[schema(example = "Ada's old phone", min_length = 1, max_length = 64)]
    name: Option<String>,
}

problems!(RenamePasskeyProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, NOT_FOUND, VALIDATION_FAILED);

/// Name a passkey
#[utoipa::path(
    patch, path = "/api/auth/mfa/passkeys/{id}", tag = "mfa", operation_id = "rename_passkey",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The passkey's id.", format = Uuid)),
    request_body = RenamePasskeyBody,
    responses(
        (status = 200, description = "The passkey as it is called now.", body = PasskeyView),
        RenamePasskeyProblems,
    ),
)]
pub(crate) async fn rename_passkey(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(id): Path<String>,
    Json(body): Json<RenamePasskeyBody>,
) -> Result<Json<PasskeyView>, Problem> {
    let id: PasskeyId = id.parse().map_err(|_| Problem::new(NOT_FOUND))?;
    let mut fields = Fields::default();
    let found = match &body.name {
        None => look(&app, &account, id).await?,
        Some(name) => match fields.read("/name", PasskeyName::parse(name)) {
            Some(name) => rename(&app, &account, id, &name).await?,
            None => return Err(fields.into()),
        },
    };
    Ok(Json(PasskeyView::from(found.ok_or_else(|| Problem::new(NOT_FOUND))?)))
}
