//! `POST /api/auth/email-code/confirm`

use axum::extract::State;
use http::HeaderMap;
use latchkey_identity::accounts::SignInToken;
use latchkey_identity::accounts::codes::{CODE_INVALID, SUSPENDED};
use latchkey_identity::app::App;
use latchkey_identity::sessions::sign_in_by_code::{self, SignInByCode, SignInByCodeError};
use latchkey_identity::sessions::{DeviceName, SignInAnswer, TokensIn, shown_by_device};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use latchkey_kernel::secret;
use serde::Deserialize;
use utoipa::ToSchema;

/// A mailed code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInByCodeBody {
    /// The `sign_in_token` of the answer to the request for the code.
    sign_in_token: String,
    /// The eight digits from the mail.
    #[schema(example = "12345678")]
    code: String,
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

problems!(SignInByCodeProblems: CODE_INVALID, CSRF_FAILED, SUSPENDED, NOT_FOUND, VALIDATION_FAILED);

/// Sign in with a mailed code
///
/// In the place of a password. An account with a second factor is asked for it all the same. `code_invalid` is the same
/// for an address without an account, and for the code of another request than the token's.
#[utoipa::path(
    post, path = "/api/auth/email-code/confirm", tag = "auth", operation_id = "sign_in_by_code",
    request_body = SignInByCodeBody,
    responses(
        (status = 200, description = "Signed in, or what to do first.", body = SignInAnswer),
        SignInByCodeProblems,
    ),
)]
pub(crate) async fn sign_in_by_code(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<SignInByCodeBody>,
) -> Result<SignInAnswer, Problem> {
    let tokens_in = TokensIn::asked(&app, &headers, body.cookie)?;
    let mut fields = Fields::default();
    let device_name = fields.read_optional("/device_name", body.device_name.as_deref(), DeviceName::parse);
    let Some(device_name) = device_name else { return Err(fields.into()) };
    let invalid = || Problem::new(CODE_INVALID);
    let input = SignInByCode {
        token: SignInToken::parse(&body.sign_in_token).map_err(|_| invalid())?,
        code: secret::Code::parse(&body.code).ok_or_else(invalid)?,
        device_name: device_name.map(String::from),
        device_token: shown_by_device(&app, &headers, body.device_token.as_deref(), tokens_in),
    };
    let issuer = app.access_tokens.issuer().await?;
    let next = sign_in_by_code::sign_in_by_code(&app, &client, input).await.map_err(problem)?;
    SignInAnswer::of(&app, &issuer, &client, next, tokens_in).await
}

fn problem(error: SignInByCodeError) -> Problem {
    match error {
        SignInByCodeError::NotOffered => Problem::new(NOT_FOUND),
        SignInByCodeError::Refused(refused) => refused.into(),
        SignInByCodeError::CodeInvalid => Problem::new(CODE_INVALID),
        SignInByCodeError::Suspended(_) => Problem::new(SUSPENDED),
        SignInByCodeError::Failed(fault) => fault.into(),
    }
}
