//! `GET /api/auth/mfa`

use axum::extract::State;
use latchkey_identity::accounts::Factor;
use latchkey_identity::app::App;
use latchkey_identity::mfa::overview::overview;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// A person's second factors.
#[derive(Serialize, ToSchema)]
pub(crate) struct MfaAnswer {
    /// Whether signing in needs one.
    enabled: bool,
    /// Whether the account must have one.
    required: bool,
    /// The factors, oldest first.
    factors: Vec<FactorView>,
    /// The recovery codes that stand in for them; null without a factor.
    recovery_codes: Option<RecoveryCodesView>,
}

/// A second factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactorView {
    /// What it is.
    factor: Factor,
    /// Since when the account has it.
    added_at: Timestamp,
}

/// Recovery codes.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodesView {
    /// How many are left.
    left: usize,
    /// When they were made.
    issued_at: Timestamp,
}

problems!(OverviewProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING);

/// My second factors
#[utoipa::path(
    get, path = "/api/auth/mfa", tag = "mfa", operation_id = "mfa",
    security(("bearer" = [])),
    responses((status = 200, description = "What the account has.", body = MfaAnswer), OverviewProblems),
)]
pub(crate) async fn mfa(State(app): State<App>, signed_in: SignedIn) -> Result<Json<MfaAnswer>, Problem> {
    let found = overview(&app, &signed_in.account).await?;
    let view = |enrolled: &latchkey_identity::accounts::Enrolled| FactorView {
        factor: enrolled.factor,
        added_at: enrolled.added_at,
    };
    let codes = found.recovery_codes;
    Ok(Json(MfaAnswer {
        enabled: !found.factors.is_empty(),
        required: found.required,
        factors: found.factors.iter().map(view).collect(),
        recovery_codes: codes.map(|codes| RecoveryCodesView { left: codes.left, issued_at: codes.issued_at }),
    }))
}
