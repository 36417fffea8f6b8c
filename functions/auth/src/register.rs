//! `POST /api/auth/register`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::accounts::codes::{PASSWORD_TOO_WEAK, USERNAME_TAKEN};
use latchkey_identity::accounts::register::{self, Register, RegisterError};
use latchkey_identity::accounts::{EmailAddress, Name, Password, Username};
use latchkey_identity::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::password_too_weak::password_too_weak;

/// A registration.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterBody {
    /// The address; a code and a link are mailed to it.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
    /// The full name.
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 255)]
    name: String,
    /// The password, 8 to 128 characters that are hard to guess.
    #[schema(example = "correct horse battery staple", max_length = 128)]
    password: String,
    /// A public name, if one is wanted now.
    #[schema(example = "ada", min_length = 2, max_length = 32)]
    username: Option<String>,
    /// Whether marketing mail is welcome.
    #[serde(default)]
    marketing_consent: bool,
}

/// A registration that waits for its address to be confirmed.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegisterAnswer {
    /// Always `verification_required`.
    #[schema(example = "verification_required")]
    status: &'static str,
    /// Goes with the mailed code to `POST /api/auth/verify-email`.
    registration_token: String,
    /// When the registration ends if it is not confirmed.
    expires_at: Timestamp,
}

problems!(RegisterProblems: USERNAME_TAKEN, PASSWORD_TOO_WEAK, VALIDATION_FAILED);

/// Register
///
/// Takes a registration down and mails a code and a link. The answer is the same whether or not the address has an
/// account already; in that case its owner is told by mail.
#[utoipa::path(
    post, path = "/api/auth/register", tag = "auth", operation_id = "register",
    request_body = RegisterBody,
    responses((status = 202, description = "A code and a link were mailed.", body = RegisterAnswer), RegisterProblems),
)]
pub(crate) async fn register(
    State(app): State<App>,
    client: Client,
    Json(body): Json<RegisterBody>,
) -> Result<(StatusCode, Json<RegisterAnswer>), Problem> {
    let registered = register::register(&app, &client, read(&body)?).await.map_err(problem)?;
    let answer = RegisterAnswer {
        status: "verification_required",
        registration_token: registered.token.reveal(),
        expires_at: registered.expires_at,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn read(body: &RegisterBody) -> Result<Register, Problem> {
    let mut fields = Fields::default();
    let email = fields.read("/email", EmailAddress::parse(&body.email));
    let name = fields.read("/name", Name::parse(&body.name));
    let password = fields.read("/password", Password::parse(&body.password));
    let username = fields.read_optional("/username", body.username.as_deref(), Username::parse);
    match (email, name, password, username) {
        (Some(email), Some(name), Some(password), Some(username)) => {
            Ok(Register { email, name, password, username, marketing_consent: body.marketing_consent })
        }
        _ => Err(fields.into()),
    }
}

fn problem(error: RegisterError) -> Problem {
    match error {
        RegisterError::Refused(refused) => refused.into(),
        RegisterError::UsernameTaken => Problem::new(USERNAME_TAKEN),
        RegisterError::PasswordTooWeak(weakness) => password_too_weak("/password", weakness),
        RegisterError::Failed(fault) => fault.into(),
    }
}
