//! `POST /api/oauth/exchange/email`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::accounts::codes::CODE_INVALID;
use latchkey_identity::accounts::{EmailAddress, RegistrationToken};
use latchkey_identity::app::App;
use latchkey_identity::social::{self, NameEmailError};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::entered::TO_PROVE;

/// The email address of somebody new whose provider tells none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameEmailBody {
    /// The token that signing in by the provider answered.
    registration_token: String,
    /// The address; a code is mailed to it.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
}

/// A registration that waits for the address to be proven.
#[derive(Serialize, ToSchema)]
pub(crate) struct NameEmailAnswer {
    /// Always `email_verification_required`.
    #[schema(example = "email_verification_required")]
    status: &'static str,
    /// Where the code was mailed.
    #[schema(example = "ada@example.com")]
    email: String,
    /// When the registration ends if it is not confirmed.
    expires_at: Timestamp,
}

problems!(NameEmailProblems: CODE_INVALID, VALIDATION_FAILED);

/// Name the email address of a new account
///
/// For somebody new whose provider tells no email address, or whose address there is out of use. A code is mailed, which
/// `POST /api/auth/verify-email` takes with the same token; a code that was mailed elsewhere dies. Five addresses may be
/// named. The answer is the same whether or not the address has an account already; in that case its owner is told by mail.
#[utoipa::path(
    post, path = "/api/oauth/exchange/email", tag = "social", operation_id = "name_email",
    request_body = NameEmailBody,
    responses((status = 202, description = "A code was mailed.", body = NameEmailAnswer), NameEmailProblems),
)]
pub(crate) async fn name_email(
    State(app): State<App>,
    client: Client,
    Json(body): Json<NameEmailBody>,
) -> Result<(StatusCode, Json<NameEmailAnswer>), Problem> {
    let mut fields = Fields::default();
    let Some(email) = fields.read("/email", EmailAddress::parse(&body.email)) else { return Err(fields.into()) };
    let token = RegistrationToken::parse(&body.registration_token).map_err(|_| Problem::new(CODE_INVALID))?;
    let expires_at = social::name_email(&app, &client, &token, &email).await.map_err(problem)?;
    let answer = NameEmailAnswer { status: TO_PROVE, email: email.as_str().to_owned(), expires_at };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn problem(error: NameEmailError) -> Problem {
    match error {
        NameEmailError::Refused(refused) => refused.into(),
        NameEmailError::TokenInvalid => Problem::new(CODE_INVALID),
        NameEmailError::Failed(fault) => fault.into(),
    }
}
