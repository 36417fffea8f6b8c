//! `POST /api/auth/password-reset/confirm`

use axum::extract::State;
use http::StatusCode;
use latchkey::accounts::reset_password::{ResetPasswordError, reset_by_code};
use latchkey::accounts::{EmailAddress, Password};
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Code, Fields, Json, Problem};
use latchkey::problems;
use latchkey::secret::Code as MailedCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::password_too_weak::password_too_weak;

/// A new password, and the code that allows it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordBody {
    /// The address that the code was mailed to.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
    /// The eight digits from the mail.
    #[schema(example = "12345678")]
    code: String,
    /// The new password, 8 to 128 characters that are hard to guess.
    #[schema(example = "purple otters juggle nightly", max_length = 128)]
    new_password: String,
}

problems!(ResetPasswordProblems: CodeInvalid, MalformedBody, BodyTooLarge, UnsupportedMediaType, InvalidBody, PasswordTooWeak, ValidationFailed, RateLimited);

/// Set a new password with the mailed code
///
/// Ends all sessions and signs nobody in. An account without a password gets its first. `code_invalid` is the same for
/// an address without an account; after `password_too_weak` the code is still good.
#[utoipa::path(
    post, path = "/api/auth/password-reset/confirm", tag = "auth", operation_id = "reset_password",
    request_body = ResetPasswordBody,
    responses((status = 204, description = "The password is set."), ResetPasswordProblems),
)]
pub(crate) async fn reset_password(
    State(app): State<App>,
    client: Client,
    Json(body): Json<ResetPasswordBody>,
) -> Result<StatusCode, Problem> {
    let mut fields = Fields::default();
    let email = fields.read("/email", EmailAddress::parse(&body.email));
    let password = fields.read("/new_password", Password::parse(&body.new_password));
    let (Some(email), Some(password)) = (email, password) else { return Err(fields.into()) };
    let code = MailedCode::parse(&body.code).ok_or_else(|| Problem::new(Code::CodeInvalid))?;
    reset_by_code(&app, &client, &email, &code, password).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: ResetPasswordError) -> Problem {
    match error {
        ResetPasswordError::Refused(refused) => refused.into(),
        ResetPasswordError::CodeInvalid => Problem::new(Code::CodeInvalid),
        ResetPasswordError::PasswordTooWeak(weakness) => password_too_weak("/new_password", weakness),
        ResetPasswordError::Hashing(error) => error.into(),
        ResetPasswordError::Secret(error) => error.into(),
        ResetPasswordError::Store(error) => error.into(),
    }
}
