//! `POST /api/auth/email-code`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::accounts::EmailAddress;
use latchkey_identity::accounts::ask_for_sign_in_code::{self, AskForSignInCodeError};
use latchkey_identity::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskForSignInCodeBody {
    /// The address of the account.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
}

/// What goes with the code in the mail.
#[derive(Serialize, ToSchema)]
pub(crate) struct AskedForSignInCode {
    /// Always `code_requested`, whether or not anything was mailed.
    #[schema(example = "code_requested")]
    status: &'static str,
    /// What `POST /api/auth/email-code/confirm` takes with the code. The code of another request is not good with it.
    sign_in_token: String,
    /// When the code expires.
    expires_at: Timestamp,
}

problems!(AskForSignInCodeProblems: NOT_FOUND, VALIDATION_FAILED);

/// Ask for a code to sign in with
///
/// The answer is the same whether or not the address has an account, also when so many codes were asked for that none is
/// mailed. The code goes to `POST /api/auth/email-code/confirm` with the `sign_in_token` of this answer, and is good with it
/// alone, for ten minutes and five tries. Codes that were asked for before stay good. 404 where the operator has not
/// switched it on.
#[utoipa::path(
    post, path = "/api/auth/email-code", tag = "auth", operation_id = "ask_for_sign_in_code",
    request_body = AskForSignInCodeBody,
    responses(
        (status = 202, description = "A code was mailed, if the address has an account.", body = AskedForSignInCode),
        AskForSignInCodeProblems,
    ),
)]
pub(crate) async fn ask_for_sign_in_code(
    State(app): State<App>,
    client: Client,
    Json(body): Json<AskForSignInCodeBody>,
) -> Result<(StatusCode, Json<AskedForSignInCode>), Problem> {
    let mut fields = Fields::default();
    let email = fields.read("/email", EmailAddress::parse(&body.email));
    let Some(email) = email else { return Err(fields.into()) };
    let asked = ask_for_sign_in_code::ask_for_sign_in_code(&app, &client, &email).await.map_err(problem)?;
    let (sign_in_token, expires_at) = (asked.token.reveal(), asked.expires_at);
    Ok((StatusCode::ACCEPTED, Json(AskedForSignInCode { status: "code_requested", sign_in_token, expires_at })))
}

fn problem(error: AskForSignInCodeError) -> Problem {
    match error {
        AskForSignInCodeError::NotOffered => Problem::new(NOT_FOUND),
        AskForSignInCodeError::Refused(refused) => refused.into(),
        AskForSignInCodeError::Failed(fault) => fault.into(),
    }
}
