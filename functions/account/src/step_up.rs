//! `POST /api/auth/step-up`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::accounts::Password;
use latchkey_identity::accounts::codes::{CODE_INVALID, PASSWORD_WRONG};
use latchkey_identity::app::App;
use latchkey_identity::mfa::Proof;
use latchkey_identity::mfa::recovery_codes::RecoveryCode;
use latchkey_identity::mfa::totp::TotpCode;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up::{StepUpError, by_code, by_factor, by_password, mail_code};
use latchkey_identity::webauthn::AssertionJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use latchkey_kernel::secret;
use serde::Deserialize;
use utoipa::ToSchema;

/// What the person shows, or asks for, in exactly one of six ways.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpBody {
    /// The account's password.
    #[schema(example = "correct horse battery staple", max_length = 128)]
    password: Option<String>,
    /// The six digits that the authenticator app shows.
    #[schema(example = "287082")]
    totp_code: Option<String>,
    /// A recovery code in the place of a second factor.
    #[schema(example = "7k3m-x9qp-2d5w-r8tz")]
    recovery_code: Option<String>,
    /// What a passkey signed for `POST /api/auth/mfa/passkeys/options` with `{"purpose":"step_up"}`: what
    /// `navigator.credentials.get` gave, as its `toJSON()` writes it.
    passkey: Option<AssertionJson>,
    /// Asks for a code, which is mailed to the account's address; for accounts with neither password nor factor.
    method: Option<StepUpMethod>,
    /// The eight digits from that mail.
    #[schema(example = "12345678")]
    code: Option<String>,
}

/// A way to show who one is that needs something to be sent first.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StepUpMethod {
    /// A code by mail.
    Email,
}

/// One of the six ways.
enum Way {
    Password(Password),
    Factor(Proof),
    MailCode,
    Code(secret::Code),
}

problems!(
    StepUpProblems: CODE_INVALID, TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, PASSWORD_WRONG, STEP_UP_REQUIRED,
    VALIDATION_FAILED
);

/// Show again who you are
///
/// Makes the session fresh for five minutes, which sensitive acts ask for with `step_up_required`. Signing in does, too.
/// An account shows the highest that it has: a second factor, or else its password; one that has neither asks for a code
/// with `{"method":"email"}` and shows that. `step_up_required` here names the ways that this account has.
#[utoipa::path(
    post, path = "/api/auth/step-up", tag = "account", operation_id = "step_up",
    security(("bearer" = [])),
    request_body = StepUpBody,
    responses(
        (status = 202, description = "A code was mailed."),
        (status = 204, description = "The session is fresh."),
        StepUpProblems,
    ),
)]
pub(crate) async fn step_up(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Json(body): Json<StepUpBody>,
) -> Result<StatusCode, Problem> {
    match read(&body)? {
        Way::Password(password) => by_password(&app, &client, &signed_in, password).await.map_err(problem)?,
        Way::Factor(shown) => by_factor(&app, &client, &signed_in, &shown).await.map_err(problem)?,
        Way::Code(code) => by_code(&app, &client, &signed_in, &code).await.map_err(problem)?,
        Way::MailCode => {
            mail_code(&app, &client, &signed_in).await.map_err(problem)?;
            return Ok(StatusCode::ACCEPTED);
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

fn read(body: &StepUpBody) -> Result<Way, Problem> {
    let mut fields = Fields::default();
    let invalid = || Problem::new(CODE_INVALID);
    let StepUpBody { password, totp_code, recovery_code, passkey, method, code } = body;
    let way = match (password, totp_code, recovery_code, passkey, method, code) {
        (Some(password), None, None, None, None, None) => {
            fields.read("/password", Password::parse(password)).map(Way::Password)
        }
        (None, Some(code), None, None, None, None) => {
            Some(Way::Factor(TotpCode::parse(code).map(Proof::Totp).ok_or_else(invalid)?))
        }
        (None, None, Some(code), None, None, None) => {
            Some(Way::Factor(RecoveryCode::parse(code).map(Proof::RecoveryCode).ok_or_else(invalid)?))
        }
        (None, None, None, Some(assertion), None, None) => {
            Some(Way::Factor(assertion.read().map(Proof::Passkey).map_err(|_| invalid())?))
        }
        (None, None, None, None, Some(StepUpMethod::Email), None) => Some(Way::MailCode),
        (None, None, None, None, None, Some(code)) => Some(Way::Code(secret::Code::parse(code).ok_or_else(invalid)?)),
        _ => fields.read("/password", Err("Give one of password, totp_code, recovery_code, passkey, method and code.")),
    };
    way.ok_or_else(|| fields.into())
}

fn problem(error: StepUpError) -> Problem {
    match error {
        StepUpError::Refused(refused) => refused.into(),
        StepUpError::OtherMethod(required) => required.into(),
        StepUpError::PasswordWrong => Problem::new(PASSWORD_WRONG),
        StepUpError::CodeInvalid => Problem::new(CODE_INVALID),
        StepUpError::SessionEnded => Problem::new(TOKEN_INVALID),
        StepUpError::Failed(fault) => fault.into(),
    }
}
