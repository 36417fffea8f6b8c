//! `POST /api/auth/password-reset`

use axum::extract::State;
use http::StatusCode;
use latchkey_identity::accounts::EmailAddress;
use latchkey_identity::accounts::ask_for_reset;
use latchkey_identity::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose password is to be set anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskForResetBody {
    /// The address of the account.
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
}

/// What goes with the code in the mail.
#[derive(Serialize, ToSchema)]
pub(crate) struct AskedForReset {
    /// Always `reset_requested`, whether or not anything was mailed.
    #[schema(example = "reset_requested")]
    status: &'static str,
    /// What `POST /api/auth/password-reset/confirm` takes with the code. The code of another request is not good with it.
    reset_token: String,
    /// When the code expires. The link in the mail is good for an hour.
    expires_at: Timestamp,
}

problems!(AskForResetProblems: VALIDATION_FAILED);

/// Ask for a new password
///
/// Mails a code and a link to the address if it has an account. The code is good for ten minutes and five tries, with the
/// `reset_token` of this answer alone; the link is good for an hour. What was asked for before stays good. A registration
/// that waits gets its confirmation again. The answer is the same for every address, also when so many mails were asked for
/// that none is sent: then an earlier one is good.
#[utoipa::path(
    post, path = "/api/auth/password-reset", tag = "auth", operation_id = "ask_for_password_reset",
    request_body = AskForResetBody,
    responses(
        (status = 202, description = "If the address has an account, a code and a link were mailed.", body = AskedForReset),
        AskForResetProblems,
    ),
)]
pub(crate) async fn ask_for_reset(
    State(app): State<App>,
    client: Client,
    Json(body): Json<AskForResetBody>,
) -> Result<(StatusCode, Json<AskedForReset>), Problem> {
    let mut fields = Fields::default();
    let Some(email) = fields.read("/email", EmailAddress::parse(&body.email)) else { return Err(fields.into()) };
    let asked = ask_for_reset::ask_for_reset(&app, &client, &email).await?;
    let (reset_token, expires_at) = (asked.token.reveal(), asked.expires_at);
    Ok((StatusCode::ACCEPTED, Json(AskedForReset { status: "reset_requested", reset_token, expires_at })))
}
