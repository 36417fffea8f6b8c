//! `account`: what a signed-in person sees and changes of their own account.

mod me;

use latchkey::app::{App, SecretName};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Verifying];

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(me::me))
}
