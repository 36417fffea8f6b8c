//! `POST /api/auth/verify-email/resend`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::accounts::RegistrationToken;
use latchkey_identity::accounts::codes::CODE_INVALID;
use latchkey_identity::accounts::resend::{self, ResendError};
use latchkey_identity::app::App;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

/// Which registration's mail is to be sent again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendBody {
    /// The token that the registration answered.
    registration_token: String,
}

problems!(ResendProblems: CODE_INVALID);

/// Send the verification mail again
///
/// A new code and link; the old ones die by it.
#[utoipa::path(
    post, path = "/api/auth/verify-email/resend", tag = "auth", operation_id = "resend_verification",
    request_body = ResendBody,
    responses((status = 202, description = "A new code and link were mailed."), ResendProblems),
)]
pub(crate) async fn resend(
    State(app): State<App>,
    client: Client,
    Json(body): Json<ResendBody>,
) -> Result<StatusCode, Problem> {
    let token = RegistrationToken::parse(&body.registration_token).map_err(|_| Problem::new(CODE_INVALID))?;
    resend::resend(&app, &client, &token).await.map_err(problem)?;
    Ok(StatusCode::ACCEPTED)
}

fn problem(error: ResendError) -> Problem {
    match error {
        ResendError::Refused(refused) => refused.into(),
        ResendError::TokenInvalid => Problem::new(CODE_INVALID),
        ResendError::Failed(fault) => fault.into(),
    }
}
