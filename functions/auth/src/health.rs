//! `GET /api/health`, `GET /api/health/ready`

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// It works.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `OK`.
    #[schema(example = "OK")]
    status: &'static str,
}

const OK: Health = Health { status: "OK" };

problems!(HealthProblems:);

/// Whether the function runs
#[utoipa::path(
    get, path = "/api/health", tag = "health", operation_id = "health",
    responses((status = 200, description = "It runs.", body = Health), HealthProblems),
)]
pub(crate) async fn health() -> Json<Health> {
    Json(OK)
}

/// Whether it can do its work
///
/// Reads both tables, and its secrets unless it holds them.
#[utoipa::path(
    get, path = "/api/health/ready", tag = "health", operation_id = "ready",
    responses((status = 200, description = "The tables answer and the secrets are there.", body = Health), HealthProblems),
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Health>, Problem> {
    let (reachable, secrets) = tokio::join!(app.store.is_reachable(), app.read_secrets(crate::SECRETS));
    secrets?;
    if reachable { Ok(Json(OK)) } else { Err(Problem::unavailable("the tables do not answer")) }
}
