//! `POST /api/auth/email-change`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::accounts::codes::PASSWORD_WRONG;
use latchkey_identity::accounts::email_change::ask::{AskError, ask};
use latchkey_identity::accounts::{EmailAddress, Password};
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The address that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChangeBody {
    /// The new address; a code is mailed to it.
    #[schema(example = "ada@example.org", max_length = 254)]
    new_email: String,
    /// The account's password. It may be left out while the session is fresh.
    #[schema(example = "correct horse battery staple", max_length = 128)]
    current_password: Option<String>,
}

/// A change that waits for its code.
#[derive(Serialize, ToSchema)]
pub(crate) struct EmailChangeAnswer {
    /// Always `verification_required`.
    #[schema(example = "verification_required")]
    status: &'static str,
    /// When the code expires.
    expires_at: Timestamp,
}

problems!(
    EmailChangeProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, PASSWORD_WRONG, STEP_UP_REQUIRED,
    VALIDATION_FAILED
);

/// Ask for another mail address
///
/// Mails a code to the new address, which goes to `POST /api/auth/email-change/confirm`. An account with a password sends
/// it along, and one with a second factor has shown that in the last five minutes; one without either shows a code mailed to
/// its present address first (`POST /api/auth/step-up`). The answer is the same whether or not the new address has an
/// account; in that case its owner is told by mail.
#[utoipa::path(
    post, path = "/api/auth/email-change", tag = "account", operation_id = "ask_for_email_change",
    security(("bearer" = [])),
    request_body = EmailChangeBody,
    responses((status = 202, description = "A code was mailed.", body = EmailChangeAnswer), EmailChangeProblems),
)]
pub(crate) async fn ask_for_email_change(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Json(body): Json<EmailChangeBody>,
) -> Result<(StatusCode, Json<EmailChangeAnswer>), Problem> {
    let (new, password) = read(&body)?;
    let expires_at = ask(&app, &client, &signed_in, &new, password).await.map_err(problem)?;
    Ok((StatusCode::ACCEPTED, Json(EmailChangeAnswer { status: "verification_required", expires_at })))
}

fn read(body: &EmailChangeBody) -> Result<(EmailAddress, Option<Password>), Problem> {
    let mut fields = Fields::default();
    let new = fields.read("/new_email", EmailAddress::parse(&body.new_email));
    let password = fields.read_optional("/current_password", body.current_password.as_deref(), Password::parse);
    match (new, password) {
        (Some(new), Some(password)) => Ok((new, password)),
        _ => Err(fields.into()),
    }
}

fn problem(error: AskError) -> Problem {
    match error {
        AskError::Refused(refused) => refused.into(),
        AskError::SameAddress => {
            let mut fields = Fields::default();
            fields.refuse("/new_email", "same", &"This is the account's address already.");
            fields.into()
        }
        AskError::StepUpRequired(required) => required.into(),
        AskError::PasswordWrong => Problem::new(PASSWORD_WRONG),
        AskError::SessionEnded => Problem::new(TOKEN_INVALID),
        AskError::Failed(fault) => fault.into(),
    }
}
