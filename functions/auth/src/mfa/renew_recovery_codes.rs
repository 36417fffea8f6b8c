//! `POST /api/auth/mfa/recovery-codes`

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_identity::mfa::codes::SECOND_FACTOR_MISSING;
use latchkey_identity::mfa::recovery_codes::RecoveryCode;
use latchkey_identity::mfa::recovery_codes::renew::{RenewError, renew};
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up::Fresh;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// New recovery codes, which are shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodesAnswer {
    /// Ten codes, each good once in the place of a second factor.
    #[schema(example = json!(["7k3m-x9qp-2d5w-r8tz"]))]
    recovery_codes: Vec<String>,
}

problems!(RenewProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, STEP_UP_REQUIRED, SECOND_FACTOR_MISSING);

/// Make new recovery codes
///
/// Needs a second factor that was shown in the last five minutes. Those from before stop working, every other session
/// ends, and the owner is told by mail.
#[utoipa::path(
    post, path = "/api/auth/mfa/recovery-codes", tag = "mfa", operation_id = "renew_recovery_codes",
    security(("bearer" = [])),
    responses((status = 200, description = "The codes.", body = RecoveryCodesAnswer), RenewProblems),
)]
pub(crate) async fn renew_recovery_codes(
    State(app): State<App>,
    client: Client,
    fresh: Fresh,
) -> Result<Json<RecoveryCodesAnswer>, Problem> {
    let codes = renew(&app, &client, &fresh).await.map_err(problem)?;
    Ok(Json(RecoveryCodesAnswer { recovery_codes: codes.iter().map(RecoveryCode::reveal).collect() }))
}

fn problem(error: RenewError) -> Problem {
    match error {
        RenewError::NoFactor => Problem::new(SECOND_FACTOR_MISSING),
        RenewError::Refused(refused) => refused.into(),
        RenewError::SessionEnded => Problem::new(TOKEN_INVALID),
        RenewError::Failed(fault) => fault.into(),
    }
}
