//! `POST /api/auth/token/mfa`

use axum::extract::State;
use http::HeaderMap;
use latchkey_identity::app::App;
use latchkey_identity::mfa::SecondStepToken;
use latchkey_identity::mfa::codes::SECOND_FACTOR_WRONG;
use latchkey_identity::mfa::second_step::{SecondStepError, finish};
use latchkey_identity::sessions::codes::TOKEN_INVALID;
use latchkey_identity::sessions::{TokenResponse, TokensIn};
use latchkey_identity::webauthn::AssertionJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, VALIDATION_FAILED};
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::mfa::proof;

/// The token of a sign-in, and a second factor in exactly one of three ways.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondStepBody {
    /// The token that the first step answered.
    mfa_token: String,
    /// The six digits that the authenticator app shows.
    #[schema(example = "287082")]
    totp_code: Option<String>,
    /// A recovery code in its place.
    #[schema(example = "7k3m-x9qp-2d5w-r8tz")]
    recovery_code: Option<String>,
    /// What a passkey signed in its place: what `navigator.credentials.get` gave, as its `toJSON()` writes it.
    passkey: Option<AssertionJson>,
    /// Whether the tokens go into cookies, for a page in a browser. Its origin must be configured.
    #[serde(default)]
    cookie: bool,
}

problems!(SecondStepProblems: SECOND_FACTOR_WRONG, TOKEN_INVALID, CSRF_FAILED, VALIDATION_FAILED);

/// Sign in: the second step
///
/// After `code_invalid` the token is good for another try until it expires. Ten failures in fifteen minutes, over all
/// factors and sign-ins of the account, are all that are looked at. A code is good once; a recovery code that is used is
/// told to the owner by mail. After `token_invalid` sign in anew.
#[utoipa::path(
    post, path = "/api/auth/token/mfa", tag = "auth", operation_id = "second_step",
    request_body = SecondStepBody,
    responses((status = 200, description = "Signed in.", body = TokenResponse), SecondStepProblems),
)]
pub(crate) async fn second_step(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Json(body): Json<SecondStepBody>,
) -> Result<TokenResponse, Problem> {
    let tokens_in = TokensIn::asked(&app, &headers, body.cookie)?;
    let wrong = || Problem::new(SECOND_FACTOR_WRONG);
    let shown =
        proof(body.totp_code.as_deref(), body.recovery_code.as_deref(), body.passkey.as_ref())?.ok_or_else(wrong)?;
    let token = SecondStepToken::parse(&body.mfa_token).map_err(|_| Problem::new(TOKEN_INVALID))?;
    let issuer = app.access_tokens.issuer().await?;
    let (account, new) = finish(&app, &client, &token, &shown).await.map_err(problem)?;
    TokenResponse::of_sign_in(&app, &issuer, &client, &account, &new, tokens_in).await
}

fn problem(error: SecondStepError) -> Problem {
    match error {
        SecondStepError::TokenInvalid => Problem::new(TOKEN_INVALID),
        SecondStepError::Refused(refused) => refused.into(),
        SecondStepError::Wrong(_) => Problem::new(SECOND_FACTOR_WRONG),
        SecondStepError::Failed(fault) => fault.into(),
    }
}
