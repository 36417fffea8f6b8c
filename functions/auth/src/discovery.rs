//! `GET /.well-known/openid-configuration`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use latchkey_identity::app::App;
use latchkey_identity::sessions::{DiscoveryDocument, discovery_document};
use latchkey_kernel::http::Json;
use latchkey_kernel::problems;

use crate::keys::ONE_HOUR;

problems!(DiscoveryProblems:);

/// Where the keys are
///
/// What API Gateway's JWT authorizer and other verifiers ask first.
#[utoipa::path(
    get, path = "/.well-known/openid-configuration", tag = "discovery", operation_id = "openid_configuration",
    responses((status = 200, description = "The document.", body = DiscoveryDocument), DiscoveryProblems),
)]
pub(crate) async fn discovery(State(app): State<App>) -> Response {
    ([(header::CACHE_CONTROL, ONE_HOUR)], Json(discovery_document(&app.config))).into_response()
}
