//! `GET /api/oauth/{provider}/login`

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Uri};
use latchkey_identity::app::App;
use latchkey_identity::social::{BeginError, ChallengeMalformed, ExchangeChallenge, begin};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{FieldError, Problem};
use latchkey_kernel::problems;

use crate::browser::{field, has_field, held, holding, led_to};
use crate::refusals::of_redirect;

problems!(LoginProblems: NOT_FOUND, VALIDATION_FAILED);

/// Sign in by a provider
///
/// For a browser to open. It is led to the provider, and comes back by the callback to `redirect_to` with an
/// `exchange_code` for `POST /api/oauth/exchange`, or an `error_code`. The cookie that is set here makes sure that it is the
/// same browser. A page that keeps tokens itself should say with a challenge that it is the same page, too: where one was
/// given, nothing is exchanged without its verifier.
#[utoipa::path(
    get, path = "/api/oauth/{provider}/login", tag = "social", operation_id = "oauth_login",
    params(
        ("provider" = String, Path, description = "`google`, `github`, `facebook`, or the name of another issuer."),
        ("redirect_to" = Option<String>, Query, description = "The page to come back to, one of those that the owner allows."),
        ("exchange_challenge" = Option<String>, Query, description = "The SHA-256 of a random verifier of 43 to 128 characters, in base64url without padding (S256 of RFC 7636). The verifier goes to `POST /api/oauth/exchange`."),
    ),
    responses((status = 303, description = "To the provider."), LoginProblems),
)]
pub(crate) async fn login(
    State(app): State<App>,
    client: Client,
    Path(provider): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let redirect_to = match field(&uri, "redirect_to") {
        None if has_field(&uri, "redirect_to") => return Err(of_redirect("/redirect_to")),
        asked => asked,
    };
    let challenge = match field(&uri, "exchange_challenge") {
        None if has_field(&uri, "exchange_challenge") => return Err(of_challenge(ChallengeMalformed::Challenge)),
        asked => asked.as_deref().map(ExchangeChallenge::parse).transpose().map_err(of_challenge)?,
    };
    let browser = held(&app, &headers);
    let departed = begin(&app, &client, &provider, redirect_to.as_deref(), challenge, browser).await;
    let departed = departed.map_err(problem)?;
    Ok((holding(&app, &departed.browser), led_to(departed.authorize_url)).into_response())
}

fn of_challenge(error: ChallengeMalformed) -> Problem {
    Problem::fields(VALIDATION_FAILED, vec![FieldError::new("/exchange_challenge", "invalid", error.to_string())])
}

fn problem(error: BeginError) -> Problem {
    match error {
        BeginError::Refused(refused) => refused.into(),
        BeginError::UnknownProvider => Problem::new(NOT_FOUND),
        BeginError::RedirectRefused => of_redirect("/redirect_to"),
        // Nothing of a person's is at fault before the person was there.
        BeginError::Provider(error) => Problem::unavailable(error),
        BeginError::Failed(fault) => fault.into(),
    }
}
