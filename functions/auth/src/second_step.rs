//! `POST /api/auth/token/mfa`

use axum::extract::State;
use http::HeaderMap;
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Code, Json, Problem};
use latchkey::mfa::SecondStepToken;
use latchkey::mfa::second_step::{SecondStepError, finish};
use latchkey::problems;
use latchkey::sessions::{TokenResponse, TokensIn};
use latchkey::webauthn::AssertionJson;
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

problems!(SecondStepProblems: MalformedBody, SecondFactorWrong, TokenInvalid, CsrfFailed, BodyTooLarge, UnsupportedMediaType, InvalidBody, ValidationFailed, RateLimited);

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
    let wrong = || Problem::new(Code::SecondFactorWrong);
    let shown =
        proof(body.totp_code.as_deref(), body.recovery_code.as_deref(), body.passkey.as_ref())?.ok_or_else(wrong)?;
    let token = SecondStepToken::parse(&body.mfa_token).map_err(|_| Problem::new(Code::TokenInvalid))?;
    let issuer = app.access_tokens.issuer().await?;
    let (account, new) = finish(&app, &client, &token, &shown).await.map_err(problem)?;
    TokenResponse::of_sign_in(&app, &issuer, &client, &account, &new, tokens_in).await
}

fn problem(error: SecondStepError) -> Problem {
    match error {
        SecondStepError::TokenInvalid => Problem::new(Code::TokenInvalid),
        SecondStepError::Refused(refused) => refused.into(),
        SecondStepError::Wrong(_) => Problem::new(Code::SecondFactorWrong),
        SecondStepError::Failed(fault) => fault.into(),
    }
}
