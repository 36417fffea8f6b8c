//! `POST /api/auth/email-change/confirm`

use axum::extract::State;
use latchkey::accounts::email_change::confirm::{ConfirmChangeError, confirm};
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Code, Json, Problem};
use latchkey::problems;
use latchkey::secret;
use latchkey::sessions::SignedIn;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::me::Me;

/// What proves the new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmEmailChangeBody {
    /// The eight digits from the mail.
    #[schema(example = "12345678")]
    code: String,
}

problems!(ConfirmEmailChangeProblems: CodeInvalid, MalformedBody, TokenInvalid, TokenMissing, DeletionPending, BodyTooLarge, UnsupportedMediaType, InvalidBody, RateLimited);

/// Change the mail address
///
/// Takes the code that was mailed to the new address. The old one gets a link that undoes the change for seven days, and
/// is nobody else's meanwhile. Sessions go on.
#[utoipa::path(
    post, path = "/api/auth/email-change/confirm", tag = "account", operation_id = "confirm_email_change",
    security(("bearer" = [])),
    request_body = ConfirmEmailChangeBody,
    responses((status = 200, description = "The person with the new address.", body = Me), ConfirmEmailChangeProblems),
)]
pub(crate) async fn confirm_email_change(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Json(body): Json<ConfirmEmailChangeBody>,
) -> Result<Json<Me>, Problem> {
    let code = secret::Code::parse(&body.code).ok_or_else(|| Problem::new(Code::CodeInvalid))?;
    let changed = confirm(&app, &client, signed_in, &code).await.map_err(problem)?;
    Ok(Json(Me::from(&changed)))
}

fn problem(error: ConfirmChangeError) -> Problem {
    match error {
        ConfirmChangeError::Refused(refused) => refused.into(),
        ConfirmChangeError::CodeInvalid => Problem::new(Code::CodeInvalid),
        ConfirmChangeError::SessionEnded => Problem::new(Code::TokenInvalid),
        ConfirmChangeError::Failed(fault) => fault.into(),
    }
}
