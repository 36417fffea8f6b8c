//! `POST /api/auth/passkey`

use axum::extract::State;
use http::HeaderMap;
use latchkey_identity::accounts::codes::SUSPENDED;
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::INVALID_CREDENTIALS;
use latchkey_identity::sessions::sign_in_by_passkey::{self, SignInByPasskey, SignInByPasskeyError};
use latchkey_identity::sessions::{DeviceName, TokenResponse, TokensIn, shown_by_device};
use latchkey_identity::webauthn::AssertionJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

/// A passkey that the browser has used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInByPasskeyBody {
    /// What `navigator.credentials.get` gave, as its `toJSON()` writes it.
    assertion: AssertionJson,
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

problems!(SignInByPasskeyProblems: INVALID_CREDENTIALS, CSRF_FAILED, SUSPENDED, VALIDATION_FAILED);

/// Sign in with a passkey
///
/// With nothing else: its authenticator has verified who used it, so that it is two factors in one, and no second one is
/// asked for. `invalid_credentials` is the same for a passkey that nobody has, one that was removed, and a challenge that
/// was spent, expired, or asked for on another occasion.
#[utoipa::path(
    post, path = "/api/auth/passkey", tag = "auth", operation_id = "sign_in_by_passkey",
    request_body = SignInByPasskeyBody,
    responses((status = 200, description = "Signed in.", body = TokenResponse), SignInByPasskeyProblems),
)]
pub(crate) async fn sign_in_by_passkey(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<SignInByPasskeyBody>,
) -> Result<TokenResponse, Problem> {
    let tokens_in = TokensIn::asked(&app, &headers, body.cookie)?;
    let mut fields = Fields::default();
    let device_name = fields.read_optional("/device_name", body.device_name.as_deref(), DeviceName::parse);
    let Some(device_name) = device_name else { return Err(fields.into()) };
    let input = SignInByPasskey {
        assertion: body.assertion.read().map_err(|_| Problem::new(INVALID_CREDENTIALS))?,
        device_name: device_name.map(String::from),
        device_token: shown_by_device(&app, &headers, body.device_token.as_deref(), tokens_in),
    };
    let issuer = app.access_tokens.issuer().await?;
    let (account, new) =
        Box::pin(sign_in_by_passkey::sign_in_by_passkey(&app, &client, input)).await.map_err(problem)?;
    TokenResponse::of_sign_in(&app, &issuer, &client, &account, &new, tokens_in).await
}

fn problem(error: SignInByPasskeyError) -> Problem {
    match error {
        SignInByPasskeyError::Refused(refused) => refused.into(),
        SignInByPasskeyError::Invalid => Problem::new(INVALID_CREDENTIALS),
        SignInByPasskeyError::Suspended(_) => Problem::new(SUSPENDED),
        SignInByPasskeyError::Failed(fault) => fault.into(),
    }
}
