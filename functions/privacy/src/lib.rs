//! `privacy`: what people ask us to do with their data, and what became of it.

mod cancel;
mod data_request;
mod list;

use latchkey::app::SecretName;
use latchkey::http::routes::Routes;
use latchkey::routes;

/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Sealing, SecretName::Verifying];

/// The routes of this function.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(list::list)).routes(routes!(data_request::data_request, cancel::cancel))
}
