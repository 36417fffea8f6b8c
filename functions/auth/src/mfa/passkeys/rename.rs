//! `PATCH /api/auth/mfa/passkeys/{id}`

use axum::extract::{Path, State};
use latchkey::app::App;
use latchkey::http::{Change, Code, Fields, Json, Problem};
use latchkey::id::PasskeyId;
use latchkey::mfa::passkeys::PasskeyName;
use latchkey::mfa::passkeys::list::look;
use latchkey::mfa::passkeys::rename::rename;
use latchkey::problems;
use latchkey::sessions::SignedIn;
use serde::Deserialize;
use utoipa::ToSchema;

use super::PasskeyView;

/// What to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenamePasskeyBody {
    /// What the person calls it. It cannot be removed.
    #[serde(default)]
    #[schema(value_type = String, required = false, example = "Ada's old phone", min_length = 1, max_length = 64)]
    name: Change<String>,
}

problems!(RenamePasskeyProblems: MalformedBody, TokenInvalid, TokenMissing, DeletionPending, NotFound, BodyTooLarge, UnsupportedMediaType, InvalidBody, ValidationFailed);

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
    let id: PasskeyId = id.parse().map_err(|_| Problem::new(Code::NotFound))?;
    let mut fields = Fields::default();
    let found = match &body.name {
        Change::Keep => look(&app, &account, id).await?,
        Change::Clear => {
            fields.refuse("/name", "invalid", &"Every passkey has a name.");
            return Err(fields.into());
        }
        Change::Set(name) => match fields.read("/name", PasskeyName::parse(name)) {
            Some(name) => rename(&app, &account, id, &name).await?,
            None => return Err(fields.into()),
        },
    };
    Ok(Json(PasskeyView::from(found.ok_or_else(|| Problem::new(Code::NotFound))?)))
}
