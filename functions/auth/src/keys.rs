//! `GET /.well-known/jwks.json`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use latchkey_identity::app::App;
use latchkey_identity::sessions::KeySet;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;

/// How long others may keep what is public.
pub(crate) const ONE_HOUR: &str = "public, max-age=3600";

problems!(KeysProblems:);

/// The public keys of access tokens
///
/// A JSON Web Key Set (RFC 7517). A key is published three hours before it signs.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "discovery", operation_id = "jwks",
    responses((status = 200, description = "The keys.", body = KeySet), KeysProblems),
)]
pub(crate) async fn keys(State(app): State<App>) -> Result<Response, Problem> {
    let keys = app.access_tokens.key_set().await?;
    Ok(([(header::CACHE_CONTROL, ONE_HOUR)], Json(keys)).into_response())
}
