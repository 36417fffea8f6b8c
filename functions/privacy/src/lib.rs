//! `privacy`: what people ask us to do with their data, and what became of it.

mod cancel;
mod create;
mod data_request;
mod download;
mod list;

use http::StatusCode;
use latchkey::app::SecretName;
use latchkey::config::Process;
use latchkey::http::routes::Routes;
use latchkey::idempotency::Caller;
use latchkey::routes;

/// Which function it is.
pub const PROCESS: Process = Process::Api("privacy");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Macs, SecretName::Sealing, SecretName::Verifying];

/// The routes of this function.
pub fn routes<R: Routes>() -> R {
    requests::<R>().merge(downloads())
}

/// What people ask for, and what became of it.
pub fn requests<R: Routes>() -> R {
    R::new()
        .routes(routes!(list::list, create::create).accepts_key(Caller::SignedIn))
        .routes(routes!(data_request::data_request, cancel::cancel))
}

/// The download of an export. It alone signs an address of the bucket, which links the SDK's client for S3.
pub fn downloads<R: Routes>() -> R {
    R::new().routes(
        routes!(download::download)
            .acts_on_get(StatusCode::SEE_OTHER)
            .open_to_any_client("a mailed link is opened by a browser, which has no key"),
    )
}
