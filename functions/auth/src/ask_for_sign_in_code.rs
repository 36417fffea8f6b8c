//! `POST /api/auth/email-code`

use axum::extract::State;
use http::StatusCode;
use latchkey::accounts::EmailAddress;
use latchkey::accounts::ask_for_sign_in_code::{AskForSignInCodeError, ask_for_sign_in_code as ask};
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Code, Fields, Json, Problem};
use latchkey::problems;
use serde::Deserialize;
use utoipa::ToSchema;

/// Whose code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskForSignInCodeBody {
    /// The address of the account.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
}

problems!(AskForSignInCodeProblems: MalformedBody, NotFound, BodyTooLarge, UnsupportedMediaType, InvalidBody, ValidationFailed, RateLimited);

/// Ask for a code to sign in with
///
/// The answer is the same whether or not the address has an account. The code goes to
/// `POST /api/auth/email-code/confirm`; it is good for ten minutes and five tries, and a new one kills the old. 404 where
/// the owner has not switched it on.
#[utoipa::path(
    post, path = "/api/auth/email-code", tag = "auth", operation_id = "ask_for_sign_in_code",
    request_body = AskForSignInCodeBody,
    responses((status = 202, description = "A code was mailed, if the address has an account."), AskForSignInCodeProblems),
)]
pub(crate) async fn ask_for_sign_in_code(
    State(app): State<App>,
    client: Client,
    Json(body): Json<AskForSignInCodeBody>,
) -> Result<StatusCode, Problem> {
    let mut fields = Fields::default();
    let email = fields.read("/email", EmailAddress::parse(&body.email));
    let Some(email) = email else { return Err(fields.into()) };
    ask(&app, &client, &email).await.map_err(problem)?;
    Ok(StatusCode::ACCEPTED)
}

fn problem(error: AskForSignInCodeError) -> Problem {
    match error {
        AskForSignInCodeError::NotOffered => Problem::new(Code::NotFound),
        AskForSignInCodeError::Refused(refused) => refused.into(),
        AskForSignInCodeError::Secret(error) => error.into(),
        AskForSignInCodeError::Store(error) => error.into(),
    }
}
