//! `POST /api/auth/mfa/totp/confirm`

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use latchkey_identity::accounts::codes::CODE_INVALID;
use latchkey_identity::app::App;
use latchkey_identity::mfa::recovery_codes::RecoveryCode;
use latchkey_identity::mfa::totp::TotpCode;
use latchkey_identity::mfa::totp::confirm::{ConfirmError, confirm};
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::{TokenResponse, TokensIn};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enroller::{MayCarryToken, enroller};

/// A code of the app that is being enrolled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmTotpBody {
    /// The six digits that the app shows.
    #[schema(required = true, value_type = String, example = "287082")]
    code: Option<String>,
    /// The token of a sign-in that was answered with `mfa_enrolment_required`, which this finishes.
    mfa_token: Option<String>,
    /// Whether the tokens of such a sign-in go into cookies, for a page in a browser. Its origin must be configured.
    #[serde(default)]
    cookie: bool,
}

impl MayCarryToken for ConfirmTotpBody {
    fn mfa_token(&self) -> Option<&str> {
        self.mfa_token.as_deref()
    }
}

/// What a person has who enrolled an app.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmTotpAnswer {
    /// Ten codes, each good once in the place of a second factor. They are shown this once.
    #[schema(example = json!(["7k3m-x9qp-2d5w-r8tz"]))]
    recovery_codes: Vec<String>,
    /// The tokens of the sign-in that this finished; absent for who was signed in before.
    #[serde(flatten)]
    tokens: Option<TokenResponse>,
}

problems!(
    ConfirmTotpProblems: CODE_INVALID, TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, CSRF_FAILED, VALIDATION_FAILED
);

/// Confirm an authenticator app
///
/// From now on signing in needs a code of it. Answers with ten recovery codes, which replace any from before; ends every
/// other session; and tells the owner by mail. With the `mfa_token` of a sign-in the answer has its tokens, too.
#[utoipa::path(
    post, path = "/api/auth/mfa/totp/confirm", tag = "mfa", operation_id = "confirm_totp",
    security(("bearer" = [])),
    request_body = ConfirmTotpBody,
    responses((status = 200, description = "The app is a second factor.", body = ConfirmTotpAnswer), ConfirmTotpProblems),
)]
pub(crate) async fn confirm_totp(
    State(app): State<App>,
    client: Client,
    request: Request,
) -> Result<Response, Problem> {
    let (enroller, body, parts) = enroller::<ConfirmTotpBody>(&app, &client, request).await?;
    let tokens_in = TokensIn::asked(&app, &parts.headers, body.cookie && body.mfa_token.is_some())?;
    let code = match body.code.as_deref() {
        Some(code) => TotpCode::parse(code).ok_or_else(|| Problem::new(CODE_INVALID))?,
        None => return Err(missing()),
    };
    let issuer = app.access_tokens.issuer().await?;
    let confirmed = confirm(&app, &client, enroller, &code).await.map_err(problem)?;
    let recovery_codes = confirmed.recovery_codes.iter().map(RecoveryCode::reveal).collect();
    let Some(signed_in) = confirmed.signed_in else {
        return Ok(Json(ConfirmTotpAnswer { recovery_codes, tokens: None }).into_response());
    };
    let (account, new) = *signed_in;
    let mut tokens = TokenResponse::of_sign_in(&app, &issuer, &client, &account, &new, tokens_in).await?;
    let cookies = tokens.take_cookies();
    Ok((cookies, Json(ConfirmTotpAnswer { recovery_codes, tokens: Some(tokens) })).into_response())
}

fn missing() -> Problem {
    let mut fields = Fields::default();
    fields.refuse("/code", "missing", &"Show a code of the app.");
    fields.into()
}

fn problem(error: ConfirmError) -> Problem {
    match error {
        ConfirmError::Refused(refused) => refused.into(),
        ConfirmError::CodeInvalid => Problem::new(CODE_INVALID),
        ConfirmError::Ended => Problem::new(TOKEN_INVALID),
        ConfirmError::Failed(fault) => fault.into(),
    }
}
