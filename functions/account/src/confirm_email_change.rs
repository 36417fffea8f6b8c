//! `POST /api/auth/email-change/confirm`

use axum::extract::State;
use latchkey_identity::accounts::codes::CODE_INVALID;
use latchkey_identity::accounts::email_change::confirm::{ConfirmChangeError, confirm};
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use latchkey_kernel::secret;
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

problems!(ConfirmEmailChangeProblems: CODE_INVALID, TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING);

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
    let code = secret::Code::parse(&body.code).ok_or_else(|| Problem::new(CODE_INVALID))?;
    let changed = confirm(&app, &client, signed_in, &code).await.map_err(problem)?;
    Ok(Json(Me::from(&changed)))
}

fn problem(error: ConfirmChangeError) -> Problem {
    match error {
        ConfirmChangeError::Refused(refused) => refused.into(),
        ConfirmChangeError::CodeInvalid => Problem::new(CODE_INVALID),
        ConfirmChangeError::SessionEnded => Problem::new(TOKEN_INVALID),
        ConfirmChangeError::Failed(fault) => fault.into(),
    }
}
