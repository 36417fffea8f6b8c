//! `PATCH /api/auth/me`

use axum::extract::State;
use latchkey_identity::accounts::codes::USERNAME_TAKEN;
use latchkey_identity::accounts::rename::{self, RenameError, Renaming};
use latchkey_identity::accounts::{Name, Username};
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Change, Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::me::Me;

/// The names to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameBody {
    /// The full name. Every account has one: `null` leaves it, as leaving the field out does.
    #[schema(example = "Ada King", min_length = 1, max_length = 255)]
    name: Option<String>,
    /// The public name; `null` gives it up, and anybody may take it then.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, example = "ada", min_length = 2, max_length = 32)]
    username: Change<String>,
}

problems!(RenameProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, USERNAME_TAKEN, VALIDATION_FAILED);

/// Change my names
///
/// A new username is claimed and the old one given up at once. The mail address has a way of its own.
#[utoipa::path(
    patch, path = "/api/auth/me", tag = "account", operation_id = "rename",
    security(("bearer" = [])),
    request_body = RenameBody,
    responses((status = 200, description = "The person as they are called now.", body = Me), RenameProblems),
)]
pub(crate) async fn rename(
    State(app): State<App>,
    client: Client,
    SignedIn { account, .. }: SignedIn,
    Json(body): Json<RenameBody>,
) -> Result<Json<Me>, Problem> {
    let renaming = read(&body)?;
    let renamed = rename::rename(&app, &client, account, &renaming).await.map_err(problem)?;
    Ok(Json(Me::from(&renamed)))
}

fn read(body: &RenameBody) -> Result<Renaming, Problem> {
    let mut fields = Fields::default();
    let name = match &body.name {
        None => Some(None),
        Some(name) => fields.read("/name", Name::parse(name)).map(Some),
    };
    let username = fields.read_change("/username", &body.username, Username::parse);
    match (name, username) {
        (Some(name), Some(username)) => Ok(Renaming { name, username }),
        _ => Err(fields.into()),
    }
}

fn problem(error: RenameError) -> Problem {
    match error {
        RenameError::Refused(refused) => refused.into(),
        RenameError::UsernameTaken => Problem::new(USERNAME_TAKEN),
        RenameError::SessionEnded => Problem::new(TOKEN_INVALID),
        RenameError::Failed(fault) => fault.into(),
    }
}
