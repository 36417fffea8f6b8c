//! `POST /api/auth/password`
//!
//! It stands here and not with the rest of a person's own account because it may answer with tokens: this function alone
//! holds the keys that sign them.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use latchkey_identity::accounts::Password;
use latchkey_identity::accounts::change_password::{self, ChangePassword, ChangePasswordError};
use latchkey_identity::accounts::codes::{PASSWORD_TOO_WEAK, PASSWORD_WRONG};
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::{SignedIn, TokenResponse, TokensIn};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::password_too_weak::password_too_weak;

/// A new password, and what shows that it is the person's own will.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordBody {
    /// The present password. Needed if the account has one, and not accepted if it has none.
    #[schema(example = "correct horse battery staple", max_length = 128)]
    current_password: Option<String>,
    /// The new password, 8 to 128 characters that are hard to guess.
    #[schema(example = "purple otters juggle nightly", max_length = 128)]
    new_password: String,
    /// Whether to go on in a new session.
    #[serde(default)]
    keep_me_signed_in: bool,
}

problems!(
    ChangePasswordProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, CSRF_FAILED, PASSWORD_WRONG,
    STEP_UP_REQUIRED, PASSWORD_TOO_WEAK, VALIDATION_FAILED
);

/// Change the password
///
/// Ends all sessions, this one among them, and tells the owner by mail. With `keep_me_signed_in` the answer is a fresh
/// pair of tokens, in cookies if the request came with cookies; without it there is no content. The current password is
/// the step-up of this act. An account that has none sets its first one here, after a step-up by a mailed code.
#[utoipa::path(
    post, path = "/api/auth/password", tag = "account", operation_id = "change_password",
    security(("bearer" = [])),
    request_body = ChangePasswordBody,
    responses(
        (status = 200, description = "Changed; with `keep_me_signed_in`.", body = TokenResponse),
        (status = 204, description = "Changed; without `keep_me_signed_in`."),
        ChangePasswordProblems,
    ),
)]
pub(crate) async fn change_password(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Json(body): Json<ChangePasswordBody>,
) -> Result<Response, Problem> {
    let input = read(&body)?;
    let issuer = app.access_tokens.issuer().await?;
    let tokens_in = signed_in.tokens_in;
    let Some((account, new)) =
        change_password::change_password(&app, &client, &signed_in, input).await.map_err(problem)?
    else {
        let in_cookies = tokens_in == TokensIn::Cookies;
        let cookies = in_cookies.then(|| app.config.browsers.cookies.cleared());
        return Ok((cookies, StatusCode::NO_CONTENT).into_response());
    };
    let tokens = TokenResponse::of_sign_in(&app, &issuer, &client, &account, &new, tokens_in).await?;
    Ok(tokens.into_response())
}

fn read(body: &ChangePasswordBody) -> Result<ChangePassword, Problem> {
    let mut fields = Fields::default();
    let current = fields.read_optional("/current_password", body.current_password.as_deref(), Password::parse);
    let new = fields.read("/new_password", Password::parse(&body.new_password));
    match (current, new) {
        (Some(current), Some(new)) => Ok(ChangePassword { current, new, keep_signed_in: body.keep_me_signed_in }),
        _ => Err(fields.into()),
    }
}

fn problem(error: ChangePasswordError) -> Problem {
    match error {
        ChangePasswordError::Refused(refused) => refused.into(),
        ChangePasswordError::StepUpRequired(required) => required.into(),
        ChangePasswordError::CurrentMissing => current("missing", "The account has a password: show it."),
        ChangePasswordError::CurrentUnexpected => {
            current("invalid", "The account has no password yet: leave this out.")
        }
        ChangePasswordError::PasswordWrong => Problem::new(PASSWORD_WRONG),
        ChangePasswordError::PasswordTooWeak(weakness) => password_too_weak("/new_password", weakness),
        ChangePasswordError::SessionEnded => Problem::new(TOKEN_INVALID),
        ChangePasswordError::Failed(fault) => fault.into(),
    }
}

fn current(code: &str, detail: &str) -> Problem {
    let mut fields = Fields::default();
    fields.refuse("/current_password", code, &detail);
    fields.into()
}
