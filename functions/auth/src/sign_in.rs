//! `POST /api/auth/token`

use axum::extract::State;
use http::HeaderMap;
use latchkey_identity::accounts::Password;
use latchkey_identity::accounts::codes::SUSPENDED;
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::{INVALID_CREDENTIALS, VERIFICATION_REQUIRED};
use latchkey_identity::sessions::sign_in::{self, SignIn, SignInError};
use latchkey_identity::sessions::{DeviceName, DeviceToken, SignInAnswer, TokensIn, shown_by_device};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

/// The longest login that is looked up, in characters: longer than any address or username.
const LONGEST_LOGIN: usize = 254;

/// Who signs in, named in exactly one of three ways.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    /// An address or a username.
    #[schema(example = "ada@example.com")]
    login: Option<String>,
    /// The same as `login`.
    email: Option<String>,
    /// The same as `login`.
    username: Option<String>,
    /// The password.
    #[schema(example = "correct horse battery staple", max_length = 128)]
    password: String,
    /// What the person calls the device.
    #[schema(example = "Ada's laptop", max_length = 64)]
    device_name: Option<String>,
    /// The `device_token` that the last sign-in on this device answered. Keep it after signing out as well: without a good
    /// one the device counts as unknown, and the owner gets a mail about it.
    device_token: Option<String>,
    /// Whether the tokens go into cookies, for a page in a browser. Its origin must be configured.
    #[serde(default)]
    cookie: bool,
}

problems!(SignInProblems: INVALID_CREDENTIALS, CSRF_FAILED, SUSPENDED, VERIFICATION_REQUIRED, VALIDATION_FAILED);

/// Sign in
///
/// With an address or a username and the password. Whether the login or the password was wrong is not told. A sign-in
/// from a device that is not known is told to the owner of the account, with a link that ends it. An account with a second
/// factor is answered with `mfa_required` and a token for `POST /api/auth/token/mfa`; one that must have a second factor
/// and has none, with `mfa_enrolment_required`.
#[utoipa::path(
    post, path = "/api/auth/token", tag = "auth", operation_id = "sign_in",
    request_body = SignInBody,
    responses((status = 200, description = "Signed in, or what to do first.", body = SignInAnswer), SignInProblems),
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<SignInBody>,
) -> Result<SignInAnswer, Problem> {
    let tokens_in = TokensIn::asked(&app, &headers, body.cookie)?;
    let issuer = app.access_tokens.issuer().await?;
    let device_token = shown_by_device(&app, &headers, body.device_token.as_deref(), tokens_in);
    let next = Box::pin(sign_in::sign_in(&app, &client, read(body, device_token)?)).await.map_err(problem)?;
    SignInAnswer::of(&app, &issuer, &client, next, tokens_in).await
}

fn read(body: SignInBody, device_token: Option<DeviceToken>) -> Result<SignIn, Problem> {
    let mut fields = Fields::default();
    let password = fields.read("/password", Password::parse(&body.password));
    let device_name = fields.read_optional("/device_name", body.device_name.as_deref(), DeviceName::parse);
    let login = match [body.login, body.email, body.username] {
        [Some(login), None, None] | [None, Some(login), None] | [None, None, Some(login)] => Ok(login),
        _ => Err("Give one of login, email and username."),
    };
    let short = login.and_then(|login| {
        if login.chars().count() <= LONGEST_LOGIN { Ok(login) } else { Err("A login has at most 254 characters.") }
    });
    match (fields.read("/login", short), password, device_name) {
        (Some(login), Some(password), Some(device_name)) => {
            Ok(SignIn { login, password, device_name: device_name.map(String::from), device_token })
        }
        _ => Err(fields.into()),
    }
}

fn problem(error: SignInError) -> Problem {
    match error {
        SignInError::Refused(refused) => refused.into(),
        SignInError::InvalidCredentials => Problem::new(INVALID_CREDENTIALS),
        SignInError::VerificationRequired => Problem::new(VERIFICATION_REQUIRED),
        SignInError::Suspended(_) => Problem::new(SUSPENDED),
        SignInError::Failed(fault) => fault.into(),
    }
}
