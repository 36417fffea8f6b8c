//! `POST /api/auth/mfa/passkeys`

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use latchkey_identity::app::App;
use latchkey_identity::mfa::codes::{PASSKEY_INVALID, PASSKEY_TAKEN, TOO_MANY_PASSKEYS};
use latchkey_identity::mfa::passkeys::PasskeyName;
use latchkey_identity::mfa::passkeys::enrol::{EnrolError, enrol};
use latchkey_identity::mfa::recovery_codes::RecoveryCode;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::{TokenResponse, TokensIn};
use latchkey_identity::webauthn::RegistrationJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, MALFORMED_BODY, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PasskeyView;
use crate::mfa::enroller::{MayCarryToken, enroller};

/// A passkey that the browser has made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolPasskeyBody {
    /// What `navigator.credentials.create` gave, as its `toJSON()` writes it.
    #[schema(required = true, value_type = RegistrationJson)]
    passkey: Option<RegistrationJson>,
    /// What the person calls it; what the browser claims to be, unless it is said.
    #[schema(example = "Ada's phone", max_length = 64)]
    name: Option<String>,
    /// The token of a sign-in that was answered with `mfa_enrolment_required`, which this finishes.
    mfa_token: Option<String>,
    /// Whether the tokens of such a sign-in go into cookies, for a page in a browser. Its origin must be configured.
    #[serde(default)]
    cookie: bool,
}

impl MayCarryToken for EnrolPasskeyBody {
    fn mfa_token(&self) -> Option<&str> {
        self.mfa_token.as_deref()
    }
}

/// The passkey, and what else a person has from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolPasskeyAnswer {
    #[serde(flatten)]
    passkey: PasskeyView,
    /// Ten codes, each good once in the place of a second factor, with the first factor of the account. They are shown
    /// this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["7k3m-x9qp-2d5w-r8tz"]))]
    recovery_codes: Option<Vec<String>>,
    /// The tokens of the sign-in that this finished; absent for who was signed in before.
    #[serde(flatten)]
    tokens: Option<TokenResponse>,
}

problems!(
    // `MALFORMED_BODY` is written out to stand behind `PASSKEY_INVALID`; by itself it would stand before it.
    EnrolPasskeyProblems: PASSKEY_INVALID, MALFORMED_BODY, TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, CSRF_FAILED,
    PASSKEY_TAKEN, TOO_MANY_PASSKEYS, VALIDATION_FAILED
);

/// Enrol a passkey
///
/// From now on it signs its person in alone, and a password needs it, or another factor, besides. Ends every other
/// session, and tells the owner by mail. With the first factor come ten recovery codes; with the `mfa_token` of a sign-in,
/// its tokens.
#[utoipa::path(
    post, path = "/api/auth/mfa/passkeys", tag = "mfa", operation_id = "enrol_passkey",
    security(("bearer" = [])),
    request_body = EnrolPasskeyBody,
    responses(
        (status = 201, description = "The passkey is a factor.", body = EnrolPasskeyAnswer),
        EnrolPasskeyProblems,
    ),
)]
pub(crate) async fn enrol_passkey(
    State(app): State<App>,
    client: Client,
    request: Request,
) -> Result<Response, Problem> {
    let (enroller, body, parts) = enroller::<EnrolPasskeyBody>(&app, &client, request).await?;
    let tokens_in = TokensIn::asked(&app, &parts.headers, body.cookie && body.mfa_token.is_some())?;
    let mut fields = Fields::default();
    let name = fields.read_optional("/name", body.name.as_deref(), PasskeyName::parse);
    if body.passkey.is_none() {
        fields.refuse("/passkey", "missing", &"Show what the browser has made.");
    }
    let (Some(name), Some(made)) = (name, body.passkey) else { return Err(fields.into()) };
    let made = made.read().map_err(|_| Problem::new(PASSKEY_INVALID))?;
    let issuer = app.access_tokens.issuer().await?;
    let done = Box::pin(enrol(&app, &client, enroller, made, name)).await.map_err(problem)?;
    let passkey = PasskeyView::from(done.passkey);
    let recovery_codes = done.recovery_codes.map(|codes| codes.iter().map(RecoveryCode::reveal).collect());
    let Some(signed_in) = done.signed_in else {
        let answer = EnrolPasskeyAnswer { passkey, recovery_codes, tokens: None };
        return Ok((StatusCode::CREATED, Json(answer)).into_response());
    };
    let (account, new) = *signed_in;
    let mut tokens = TokenResponse::of_sign_in(&app, &issuer, &client, &account, &new, tokens_in).await?;
    let cookies = tokens.take_cookies();
    let answer = EnrolPasskeyAnswer { passkey, recovery_codes, tokens: Some(tokens) };
    Ok((StatusCode::CREATED, cookies, Json(answer)).into_response())
}

fn problem(error: EnrolError) -> Problem {
    match error {
        EnrolError::Invalid => Problem::new(PASSKEY_INVALID),
        EnrolError::TooMany => Problem::new(TOO_MANY_PASSKEYS),
        EnrolError::Taken => Problem::new(PASSKEY_TAKEN),
        EnrolError::Ended => Problem::new(TOKEN_INVALID),
        EnrolError::Failed(fault) => fault.into(),
    }
}
