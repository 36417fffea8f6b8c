//! `DELETE /api/auth/mfa/totp`

use axum::extract::{FromRequest as _, Request, State};
use http::StatusCode;
use latchkey_identity::accounts::Password;
use latchkey_identity::accounts::codes::{CODE_INVALID, PASSWORD_TOO_WEAK, PASSWORD_WRONG};
use latchkey_identity::app::App;
use latchkey_identity::mfa::totp::disable::{Disable, DisableError, disable};
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::webauthn::AssertionJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use super::proof;
use crate::password_too_weak::password_too_weak;

/// What shows that it is the person's own will.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisableTotpBody {
    /// The account's password. Needed if the account has one, and not accepted if it has none.
    #[schema(example = "correct horse battery staple", max_length = 128)]
    password: Option<String>,
    /// The six digits that the authenticator app shows.
    #[schema(example = "287082")]
    totp_code: Option<String>,
    /// A recovery code in its place.
    #[schema(example = "7k3m-x9qp-2d5w-r8tz")]
    recovery_code: Option<String>,
    /// What a passkey signed in its place: what `navigator.credentials.get` gave, as its `toJSON()` writes it.
    passkey: Option<AssertionJson>,
}

problems!(
    DisableTotpProblems: CODE_INVALID, TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, PASSWORD_WRONG, NOT_FOUND,
    PASSWORD_TOO_WEAK, VALIDATION_FAILED
);

/// Remove the authenticator app
///
/// With the password and a second factor in the body: that is the step-up of this act. Ends every other session, and
/// tells the owner by mail; without another factor the recovery codes go, too. `password_too_weak` means that the
/// password is too short to be the only factor: choose a longer one first.
#[utoipa::path(
    delete, path = "/api/auth/mfa/totp", tag = "mfa", operation_id = "disable_totp",
    security(("bearer" = [])),
    request_body = DisableTotpBody,
    responses((status = 204, description = "The app is no factor any more."), DisableTotpProblems),
)]
pub(crate) async fn disable_totp(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    request: Request,
) -> Result<StatusCode, Problem> {
    let Json(body) = Json::<DisableTotpBody>::from_request(request, &app).await?;
    let mut fields = Fields::default();
    let password = fields.read_optional("/password", body.password.as_deref(), Password::parse);
    let Some(password) = password else { return Err(fields.into()) };
    let proof = proof(body.totp_code.as_deref(), body.recovery_code.as_deref(), body.passkey.as_ref())?;
    let proof = proof.ok_or_else(|| Problem::new(CODE_INVALID))?;
    disable(&app, &client, &signed_in, Disable { password, proof }).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: DisableError) -> Problem {
    match error {
        DisableError::NotFound => Problem::new(NOT_FOUND),
        DisableError::Refused(refused) => refused.into(),
        DisableError::PasswordMissing => password("missing", "The account has a password: show it."),
        DisableError::PasswordUnexpected => password("invalid", "The account has no password: leave this out."),
        DisableError::PasswordWrong => Problem::new(PASSWORD_WRONG),
        DisableError::PasswordTooWeak(weakness) => password_too_weak("/password", weakness),
        DisableError::CodeInvalid => Problem::new(CODE_INVALID),
        DisableError::SessionEnded => Problem::new(TOKEN_INVALID),
        DisableError::Failed(fault) => fault.into(),
    }
}

fn password(code: &str, detail: &str) -> Problem {
    let mut fields = Fields::default();
    fields.refuse("/password", code, &detail);
    fields.into()
}
