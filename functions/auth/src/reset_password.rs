//! `POST /api/auth/password-reset/confirm`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use latchkey_identity::accounts::codes::{CODE_INVALID, PASSWORD_TOO_WEAK};
use latchkey_identity::accounts::reset_password::{ResetPasswordError, reset_by_code};
use latchkey_identity::accounts::{Password, ResetToken};
use latchkey_identity::app::App;
use latchkey_identity::sessions::{TokensIn, known_device_cookie};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use latchkey_kernel::secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::password_too_weak::password_too_weak;

/// A new password, and the code that allows it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordBody {
    /// The `reset_token` of the answer to the request for the code.
    reset_token: String,
    /// The eight digits from the mail.
    #[schema(example = "12345678")]
    code: String,
    /// The new password, 8 to 128 characters that are hard to guess.
    #[schema(example = "purple otters juggle nightly", max_length = 128)]
    new_password: String,
    /// Whether the device token goes into a cookie, for a page in a browser. Its origin must be configured.
    #[serde(default)]
    cookie: bool,
}

/// What the device is known by from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordReset {
    /// What to send with the next sign-in on this device, so that it is known: good for 180 days. Absent in cookie mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

problems!(ResetPasswordProblems: CODE_INVALID, CSRF_FAILED, PASSWORD_TOO_WEAK, VALIDATION_FAILED);

/// Set a new password with the mailed code
///
/// Ends all sessions and begins none; the device is known at its next sign-in, so that wrong passwords of others do not
/// keep its user out. An account without a password gets its first. `code_invalid` is the same for an address without an
/// account, and for the code of another request than the token's; after `password_too_weak` the code is still good.
#[utoipa::path(
    post, path = "/api/auth/password-reset/confirm", tag = "auth", operation_id = "reset_password",
    request_body = ResetPasswordBody,
    responses((status = 200, description = "The password is set.", body = PasswordReset), ResetPasswordProblems),
)]
pub(crate) async fn reset_password(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<ResetPasswordBody>,
) -> Result<Response, Problem> {
    let tokens_in = TokensIn::asked(&app, &headers, body.cookie)?;
    let mut fields = Fields::default();
    let password = fields.read("/new_password", Password::parse(&body.new_password));
    let Some(password) = password else { return Err(fields.into()) };
    let invalid = || Problem::new(CODE_INVALID);
    let token = ResetToken::parse(&body.reset_token).map_err(|_| invalid())?;
    let code = secret::Code::parse(&body.code).ok_or_else(invalid)?;
    let device = reset_by_code(&app, &client, &token, &code, password).await.map_err(problem)?;
    Ok(match tokens_in {
        TokensIn::Body => Json(PasswordReset { device_token: Some(device.reveal()) }).into_response(),
        TokensIn::Cookies => {
            (known_device_cookie(&app, &device), Json(PasswordReset { device_token: None })).into_response()
        }
    })
}

fn problem(error: ResetPasswordError) -> Problem {
    match error {
        ResetPasswordError::Refused(refused) => refused.into(),
        ResetPasswordError::CodeInvalid => Problem::new(CODE_INVALID),
        ResetPasswordError::PasswordTooWeak(weakness) => password_too_weak("/new_password", weakness),
        ResetPasswordError::Failed(fault) => fault.into(),
    }
}
