//! The answer to a first factor, whichever it was: tokens, or which step comes next.

use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;

use super::{NextStep, TokenIssuer, TokenResponse, TokensIn};
use crate::app::App;
use crate::mfa::challenge::{EnrolmentKind, SecondStepKind, Wait as _};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};

/// Tokens, or, with a `status`, what to do first. The `mfa_token` is in the body in cookie mode, too.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum SignInAnswer {
    /// The person is signed in.
    SignedIn(Box<TokenResponse>),
    /// The account has a second factor: show it with `POST /api/auth/token/mfa`.
    MfaRequired(MfaRequired),
    /// The account must have a second factor: enrol one with `POST /api/auth/mfa/totp` and its
    /// `/confirm`, or with `POST /api/auth/mfa/passkeys/options` and `POST /api/auth/mfa/passkeys`.
    MfaEnrolmentRequired(MfaEnrolmentRequired),
}

/// A second factor is to be shown.
#[derive(Serialize, ToSchema)]
pub struct MfaRequired {
    /// Always `mfa_required`.
    #[schema(example = "mfa_required")]
    status: &'static str,
    /// Shows that the first factor was right. It is good for this step and for nothing else.
    mfa_token: String,
    /// The fields in which a second factor of this account can be shown.
    #[schema(example = json!(["totp_code", "recovery_code"]))]
    methods: Vec<&'static str>,
    /// Seconds until the token expires.
    #[schema(example = 300)]
    expires_in: i64,
}

/// A second factor is to be enrolled.
#[derive(Serialize, ToSchema)]
pub struct MfaEnrolmentRequired {
    /// Always `mfa_enrolment_required`.
    #[schema(example = "mfa_enrolment_required")]
    status: &'static str,
    /// Shows that the first factor was right. It is good for enrolling a second one and for nothing else.
    mfa_token: String,
    /// Seconds until the token expires.
    #[schema(example = 900)]
    expires_in: i64,
}

impl SignInAnswer {
    /// The answer of a sign-in that stands there.
    pub async fn of(
        app: &App,
        issuer: &TokenIssuer<'_>,
        client: &Client,
        next: NextStep,
        tokens_in: TokensIn,
    ) -> Result<Self, Problem> {
        let seconds = |life: SignedDuration| life.as_secs();
        Ok(match next {
            NextStep::SignedIn(signed_in) => {
                let (account, new) = *signed_in;
                let tokens = TokenResponse::of_sign_in(app, issuer, client, &account, &new, tokens_in).await?;
                Self::SignedIn(Box::new(tokens))
            }
            NextStep::SecondFactor { token, methods } => Self::MfaRequired(MfaRequired {
                status: "mfa_required",
                mfa_token: token.reveal(),
                methods,
                expires_in: seconds(SecondStepKind::LIFE),
            }),
            NextStep::Enrolment(token) => Self::MfaEnrolmentRequired(MfaEnrolmentRequired {
                status: "mfa_enrolment_required",
                mfa_token: token.reveal(),
                expires_in: seconds(EnrolmentKind::LIFE),
            }),
        })
    }
}

impl IntoResponse for SignInAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::SignedIn(tokens) => tokens.into_response(),
            Self::MfaRequired(next) => Json(next).into_response(),
            Self::MfaEnrolmentRequired(next) => Json(next).into_response(),
        }
    }
}
