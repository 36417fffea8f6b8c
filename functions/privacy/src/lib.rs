//! `privacy`: what people ask us to do with their data, and what became of it.

mod cancel;
mod data_request;
mod list;

use latchkey::app::{App, SecretName};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Sealing, SecretName::Verifying];

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(data_request::data_request, cancel::cancel))
}
