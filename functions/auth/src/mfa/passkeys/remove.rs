//! `DELETE /api/auth/mfa/passkeys/{id}`

use axum::extract::{FromRequest as _, Path, Request, State};
use http::StatusCode;
use latchkey_identity::accounts::PasskeyId;
use latchkey_identity::accounts::Password;
use latchkey_identity::accounts::codes::{LAST_LOGIN_METHOD, PASSWORD_TOO_WEAK, PASSWORD_WRONG};
use latchkey_identity::app::App;
use latchkey_identity::mfa::passkeys::remove::{RemoveError, remove};
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up::Fresh;
use latchkey_kernel::http::body::OptionalJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::password_too_weak::password_too_weak;

/// The password, where it is to stand alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemovePasskeyBody {
    /// The account's password. Needed for the last factor if passwords that stand alone must be longer than others.
    #[schema(example = "correct horse battery staple", max_length = 128)]
    password: Option<String>,
}

problems!(
    RemovePasskeyProblems: LAST_LOGIN_METHOD, TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, PASSWORD_WRONG,
    STEP_UP_REQUIRED, NOT_FOUND, PASSWORD_TOO_WEAK, VALIDATION_FAILED
);

/// Remove a passkey
///
/// Needs a second factor that was shown in the last five minutes. Ends every other session, and tells the owner by mail;
/// without another factor the recovery codes go, too. Never the last way in: then 400 `last_login_method`. `password_too_weak` means that the password is too short to be the
/// only factor: choose a longer one first.
#[utoipa::path(
    delete, path = "/api/auth/mfa/passkeys/{id}", tag = "mfa", operation_id = "remove_passkey",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The passkey's id.", format = Uuid)),
    request_body = Option<RemovePasskeyBody>,
    responses((status = 204, description = "The passkey is no factor any more."), RemovePasskeyProblems),
)]
pub(crate) async fn remove_passkey(
    State(app): State<App>,
    client: Client,
    fresh: Fresh,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let id: PasskeyId = id.parse().map_err(|_| Problem::new(NOT_FOUND))?;
    let OptionalJson(body) = OptionalJson::<RemovePasskeyBody>::from_request(request, &app).await?;
    let mut fields = Fields::default();
    let password = fields.read_optional("/password", body.password.as_deref(), Password::parse);
    let Some(password) = password else { return Err(fields.into()) };
    remove(&app, &client, &fresh, id, password).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: RemoveError) -> Problem {
    match error {
        RemoveError::NotFound => Problem::new(NOT_FOUND),
        RemoveError::LastWayIn => Problem::new(LAST_LOGIN_METHOD),
        RemoveError::Refused(refused) => refused.into(),
        RemoveError::PasswordMissing => {
            let mut fields = Fields::default();
            fields.refuse("/password", "missing", &"It is the last factor: show the password that is to stand alone.");
            fields.into()
        }
        RemoveError::PasswordWrong => Problem::new(PASSWORD_WRONG),
        RemoveError::PasswordTooWeak(weakness) => password_too_weak("/password", weakness),
        RemoveError::SessionEnded => Problem::new(TOKEN_INVALID),
        RemoveError::Failed(fault) => fault.into(),
    }
}
