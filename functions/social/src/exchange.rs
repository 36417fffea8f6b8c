//! `POST /api/oauth/exchange`

use axum::extract::State;
use http::HeaderMap;
use latchkey_identity::accounts::codes::{CODE_INVALID, SUSPENDED};
use latchkey_identity::app::App;
use latchkey_identity::sessions::{DeviceName, TokensIn, shown_by_device};
use latchkey_identity::social::codes::{ACCOUNT_NOT_LINKED, PROVIDER_TELLS_TOO_LITTLE};
use latchkey_identity::social::{self, Exchange, ExchangeCode, ExchangeError, ExchangeVerifier};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::browser::held;
use crate::entered::EnteredAnswer;
use crate::refusals::of_entering;

/// What a browser came back with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeBody {
    /// The `exchange_code` from the page's address.
    #[schema(example = "lkx_...")]
    exchange_code: String,
    /// The verifier of the `exchange_challenge` that the page gave at the login; required if it gave one.
    #[schema(min_length = 43, max_length = 128)]
    exchange_verifier: Option<String>,
    /// What the person calls the device.
    #[schema(example = "Ada's laptop", max_length = 64)]
    device_name: Option<String>,
    /// The `device_token` that the last sign-in on this device answered. Keep it after signing out as well: without a good
    /// one the device counts as unknown, and the owner gets a mail about it.
    device_token: Option<String>,
    /// Whether the tokens go into cookies, for a page in a browser. Its origin must be configured, and the browser must be
    /// the one that set out.
    #[serde(default)]
    cookie: bool,
}

problems!(
    ExchangeProblems: CODE_INVALID, CSRF_FAILED, SUSPENDED, ACCOUNT_NOT_LINKED, PROVIDER_TELLS_TOO_LITTLE,
    VALIDATION_FAILED
);

/// Exchange the code of a page for tokens
///
/// The last step of signing in by a provider. The code works once, for a minute. An account with a second factor is asked
/// for it all the same. Somebody new whose provider does not vouch for an email address (Facebook never does) gets
/// `email_verification_required` in the place of tokens: a code is mailed, and `POST /api/auth/verify-email` opens the
/// account.
#[utoipa::path(
    post, path = "/api/oauth/exchange", tag = "social", operation_id = "exchange_oauth_code",
    request_body = ExchangeBody,
    responses((status = 200, description = "Signed in, or what to do first.", body = EnteredAnswer), ExchangeProblems),
)]
pub(crate) async fn exchange(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<ExchangeBody>,
) -> Result<EnteredAnswer, Problem> {
    let tokens_in = TokensIn::asked(&app, &headers, body.cookie)?;
    let mut fields = Fields::default();
    let device_name = fields.read_optional("/device_name", body.device_name.as_deref(), DeviceName::parse);
    let verifier =
        fields.read_optional("/exchange_verifier", body.exchange_verifier.as_deref(), ExchangeVerifier::parse);
    let (Some(device_name), Some(verifier)) = (device_name, verifier) else { return Err(fields.into()) };
    let input = Exchange {
        code: ExchangeCode::parse(&body.exchange_code).map_err(|_| Problem::new(CODE_INVALID))?,
        device_name: device_name.map(String::from),
        device_token: shown_by_device(&app, &headers, body.device_token.as_deref(), tokens_in),
        verifier,
        browser: held(&app, &headers),
        browser_must_say: tokens_in == TokensIn::Cookies,
    };
    let issuer = app.access_tokens.issuer().await?;
    let entered = Box::pin(social::exchange(&app, &client, input)).await.map_err(problem)?;
    EnteredAnswer::of(&app, &issuer, &client, entered, tokens_in).await
}

fn problem(error: ExchangeError) -> Problem {
    match error {
        ExchangeError::CodeInvalid => Problem::new(CODE_INVALID),
        ExchangeError::Enter(error) => of_entering(error),
    }
}
