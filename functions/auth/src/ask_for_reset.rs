//! `POST /api/auth/password-reset`

use axum::extract::State;
use http::StatusCode;
use latchkey::accounts::EmailAddress;
use latchkey::accounts::ask_for_reset::{AskForResetError, ask_for_reset as mail_code};
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Fields, Json, Problem};
use latchkey::problems;
use serde::Deserialize;
use utoipa::ToSchema;

/// Whose password is to be set anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskForResetBody {
    /// The address of the account.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
}

problems!(AskForResetProblems: MalformedBody, BodyTooLarge, UnsupportedMediaType, InvalidBody, ValidationFailed, RateLimited);

/// Ask for a new password
///
/// Mails a code and a link, which are good for ten minutes, to the address if it has an account; the ones before die by
/// it. A registration that waits gets its confirmation again. The answer is the same for every address.
#[utoipa::path(
    post, path = "/api/auth/password-reset", tag = "auth", operation_id = "ask_for_password_reset",
    request_body = AskForResetBody,
    responses((status = 202, description = "If the address has an account, a code and a link were mailed."), AskForResetProblems),
)]
pub(crate) async fn ask_for_reset(
    State(app): State<App>,
    client: Client,
    Json(body): Json<AskForResetBody>,
) -> Result<StatusCode, Problem> {
    let mut fields = Fields::default();
    let Some(email) = fields.read("/email", EmailAddress::parse(&body.email)) else { return Err(fields.into()) };
    mail_code(&app, &client, &email).await.map_err(problem)?;
    Ok(StatusCode::ACCEPTED)
}

fn problem(error: AskForResetError) -> Problem {
    match error {
        AskForResetError::Refused(refused) => refused.into(),
        AskForResetError::Secret(error) => error.into(),
        AskForResetError::Store(error) => error.into(),
    }
}
