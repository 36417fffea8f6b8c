//! `POST /api/auth/mfa/passkeys/options`

use axum::extract::{Request, State};
use latchkey_identity::app::App;
use latchkey_identity::mfa::Enroller;
use latchkey_identity::mfa::codes::{PASSKEY_MISSING, TOO_MANY_PASSKEYS};
use latchkey_identity::mfa::passkeys::ask::{AskError, to_enrol, to_step_up};
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::options_answer::{CreationAnswer, RequestAnswer};
use crate::mfa::enroller::{MayCarryToken, enroller};

/// What for, and who enrols, if it is not a person who is signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyOptionsBody {
    /// What the passkey is to do; `enrol` unless it is said.
    #[serde(default)]
    purpose: PasskeyPurpose,
    /// To enrol one: the token of a sign-in that was answered with `mfa_enrolment_required`.
    mfa_token: Option<String>,
}

/// What a passkey is asked for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PasskeyPurpose {
    /// To be enrolled.
    #[default]
    Enrol,
    /// To show again who its person is, with `POST /api/auth/step-up`.
    StepUp,
}

impl MayCarryToken for PasskeyOptionsBody {
    fn mfa_token(&self) -> Option<&str> {
        self.mfa_token.as_deref()
    }
}

/// The options of one of the two.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum PasskeyOptionsAnswer {
    /// To enrol one.
    Enrol(Box<CreationAnswer>),
    /// To show one.
    StepUp(RequestAnswer),
}

problems!(
    PasskeyOptionsProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, STEP_UP_REQUIRED, PASSKEY_MISSING,
    TOO_MANY_PASSKEYS, VALIDATION_FAILED
);

/// Ask for a passkey of my own
///
/// The options for the browser: to make a passkey, which `POST /api/auth/mfa/passkeys` then enrols; or, with
/// `{"purpose":"step_up"}`, to use one, which `POST /api/auth/step-up` then takes. The challenge is good once, for five
/// minutes, for this purpose and this session. Who enrols must have shown the highest that the account has in the last five
/// minutes, or sends the `mfa_token` of `mfa_enrolment_required`. An account has at most ten.
#[utoipa::path(
    post, path = "/api/auth/mfa/passkeys/options", tag = "mfa", operation_id = "passkey_options",
    security(("bearer" = [])),
    request_body = Option<PasskeyOptionsBody>,
    responses((status = 200, description = "The options.", body = PasskeyOptionsAnswer), PasskeyOptionsProblems),
)]
pub(crate) async fn passkey_options(
    State(app): State<App>,
    client: Client,
    request: Request,
) -> Result<Json<PasskeyOptionsAnswer>, Problem> {
    let (enroller, body, _) = enroller::<PasskeyOptionsBody>(&app, &client, request).await?;
    match (&enroller, body.purpose) {
        (Enroller::SignedIn(signed_in), PasskeyPurpose::StepUp) => {
            let asked = to_step_up(&app, &client, signed_in).await.map_err(ask_problem)?;
            return Ok(Json(PasskeyOptionsAnswer::StepUp(RequestAnswer::of(&app.config, asked))));
        }
        (Enroller::SigningIn(_), PasskeyPurpose::StepUp) => {
            let mut fields = Fields::default();
            fields.refuse("/purpose", "invalid", &"Nobody is signed in yet who could show who they are again.");
            return Err(fields.into());
        }
        (Enroller::SignedIn(signed_in), PasskeyPurpose::Enrol) => {
            step_up::require(signed_in, client.now)?;
        }
        (Enroller::SigningIn(_), PasskeyPurpose::Enrol) => {}
    }
    let asked = to_enrol(&app, &client, &enroller).await.map_err(ask_problem)?;
    Ok(Json(PasskeyOptionsAnswer::Enrol(Box::new(CreationAnswer::of(&app.config, asked)))))
}

/// The answer to whom no passkey is asked for.
pub(crate) fn ask_problem(error: AskError) -> Problem {
    match error {
        AskError::Refused(refused) => refused.into(),
        AskError::TokenInvalid => Problem::new(TOKEN_INVALID),
        AskError::NoPasskey => Problem::new(PASSKEY_MISSING),
        AskError::TooMany => Problem::new(TOO_MANY_PASSKEYS),
        AskError::Failed(fault) => fault.into(),
    }
}
