//! The answer to a user who comes by a provider: that of every sign-in, or that an email address is to be proven.

use axum::response::{IntoResponse, Response};
use latchkey_identity::app::App;
use latchkey_identity::sessions::{SignInAnswer, TokenIssuer, TokensIn};
use latchkey_identity::social::{EmailToProve, Entered};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// The answer of every sign-in; or, for somebody new whose provider does not vouch for an email address, that a code must
/// prove one.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum EnteredAnswer {
    /// Signed in, or a second factor is next.
    SignedIn(SignInAnswer),
    /// Somebody new, whose email address is to be proven.
    EmailVerificationRequired(EmailVerificationRequired),
}

/// A registration that waits for an email address to be proven.
#[derive(Serialize, ToSchema)]
pub(crate) struct EmailVerificationRequired {
    /// Always `email_verification_required`.
    #[schema(example = "email_verification_required")]
    status: &'static str,
    /// Goes with the mailed code to `POST /api/auth/verify-email`, which opens the account and connects the provider.
    registration_token: String,
    /// Where the code was mailed. Where it is missing, the provider tells no address: ask for one, and send it to
    /// `POST /api/oauth/exchange/email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// When the registration ends if it is not confirmed.
    expires_at: Timestamp,
}

/// What the status says.
pub(crate) const TO_PROVE: &str = "email_verification_required";

impl EnteredAnswer {
    /// The answer to somebody who came so far.
    pub(crate) async fn of(
        app: &App,
        issuer: &TokenIssuer<'_>,
        client: &Client,
        entered: Entered,
        tokens_in: TokensIn,
    ) -> Result<Self, Problem> {
        Ok(match entered {
            Entered::SignedIn(next) => Self::SignedIn(SignInAnswer::of(app, issuer, client, next, tokens_in).await?),
            Entered::EmailToProve(EmailToProve { token, email, expires_at }) => {
                Self::EmailVerificationRequired(EmailVerificationRequired {
                    status: TO_PROVE,
                    registration_token: token.reveal(),
                    email: email.map(|email| email.as_str().to_owned()),
                    expires_at,
                })
            }
        })
    }
}

impl IntoResponse for EnteredAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::SignedIn(answer) => answer.into_response(),
            Self::EmailVerificationRequired(next) => Json(next).into_response(),
        }
    }
}
