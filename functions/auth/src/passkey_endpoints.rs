//! `GET /.well-known/passkey-endpoints` (W3C, A Well-Known URL for Relying Party Passkey Endpoints).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use latchkey_identity::app::App;
use latchkey_kernel::http::Json;
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

use crate::keys::ONE_HOUR;

/// Where people enrol passkeys and look after them. A page that there is not is absent.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyEndpoints {
    /// The page on which people enrol one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://app.example.com/passkeys/new")]
    enroll: Option<String>,
    /// The page on which people look after theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://app.example.com/passkeys")]
    manage: Option<String>,
}

problems!(PasskeyEndpointsProblems:);

/// Where people look after their passkeys
///
/// For password managers: the pages that the owner has configured. An empty object says that there are passkeys here, and
/// no page of their own.
#[utoipa::path(
    get, path = "/.well-known/passkey-endpoints", tag = "discovery", operation_id = "passkey_endpoints",
    responses((status = 200, description = "The pages.", body = PasskeyEndpoints), PasskeyEndpointsProblems),
)]
pub(crate) async fn passkey_endpoints(State(app): State<App>) -> Response {
    let passkeys = &app.config.passkeys;
    let endpoints = PasskeyEndpoints { enroll: passkeys.enroll_url.clone(), manage: passkeys.manage_url.clone() };
    ([(header::CACHE_CONTROL, ONE_HOUR)], Json(endpoints)).into_response()
}
