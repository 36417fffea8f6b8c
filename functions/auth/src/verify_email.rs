//! `POST /api/auth/verify-email`

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use latchkey_identity::accounts::codes::{CODE_INVALID, USERNAME_TAKEN};
use latchkey_identity::accounts::verify_email::{self, VerifyEmail, VerifyEmailError};
use latchkey_identity::accounts::{RegistrationToken, Username};
use latchkey_identity::app::App;
use latchkey_identity::sessions::{DeviceName, SignInAnswer, TokensIn};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use latchkey_kernel::secret;
use serde::Deserialize;
use utoipa::ToSchema;

/// What proves an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyEmailBody {
    /// The token that the registration answered, or signing in by a provider.
    registration_token: String,
    /// The eight digits from the mail.
    #[schema(example = "12345678")]
    code: String,
    /// A username, if the registered one is taken by now or none was chosen.
    username: Option<String>,
    /// What the person calls the device.
    #[schema(example = "Ada's laptop", max_length = 64)]
    device_name: Option<String>,
    /// Whether the tokens go into cookies, for a page in a browser. Its origin must be configured.
    #[serde(default)]
    cookie: bool,
}

problems!(VerifyEmailProblems: CODE_INVALID, CSRF_FAILED, USERNAME_TAKEN, VALIDATION_FAILED);

/// Confirm a registration
///
/// Proves the address with the mailed code, creates the account and signs its owner in. After `username_taken` the
/// code is still good. Where everybody must have a second factor, it is `mfa_enrolment_required` in the place of tokens.
#[utoipa::path(
    post, path = "/api/auth/verify-email", tag = "auth", operation_id = "verify_email",
    request_body = VerifyEmailBody,
    responses((status = 201, description = "The account exists.", body = SignInAnswer), VerifyEmailProblems),
)]
pub(crate) async fn verify_email(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<VerifyEmailBody>,
) -> Result<(StatusCode, SignInAnswer), Problem> {
    let tokens_in = TokensIn::asked(&app, &headers, body.cookie)?;
    let issuer = app.access_tokens.issuer().await?;
    let next = verify_email::verify_email(&app, &client, read(&body)?).await.map_err(problem)?;
    let answer = SignInAnswer::of(&app, &issuer, &client, next, tokens_in).await?;
    Ok((StatusCode::CREATED, answer))
}

fn read(body: &VerifyEmailBody) -> Result<VerifyEmail, Problem> {
    let mut fields = Fields::default();
    let username = fields.read_optional("/username", body.username.as_deref(), Username::parse);
    let device_name = fields.read_optional("/device_name", body.device_name.as_deref(), DeviceName::parse);
    let (Some(username), Some(device_name)) = (username, device_name) else { return Err(fields.into()) };
    let invalid = || Problem::new(CODE_INVALID);
    Ok(VerifyEmail {
        token: RegistrationToken::parse(&body.registration_token).map_err(|_| invalid())?,
        code: secret::Code::parse(&body.code).ok_or_else(invalid)?,
        username,
        device_name: device_name.map(String::from),
    })
}

fn problem(error: VerifyEmailError) -> Problem {
    match error {
        VerifyEmailError::Refused(refused) => refused.into(),
        VerifyEmailError::CodeInvalid => Problem::new(CODE_INVALID),
        VerifyEmailError::UsernameTaken => Problem::new(USERNAME_TAKEN),
        VerifyEmailError::Failed(fault) => fault.into(),
    }
}
