//! `privacy`: what people ask us to do with their data, and what became of it.

mod cancel;
mod create;
mod data_request;
mod download;
mod list;

use http::StatusCode;
use latchkey_identity::app::{App, SecretName};
use latchkey_identity::sessions::EvenLeaving;
use latchkey_kernel::config::Process;
use latchkey_kernel::http::routes::Routes;
use latchkey_kernel::routes;

/// Which function it is.
pub const PROCESS: Process = Process::Api("privacy");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Macs, SecretName::Sealing, SecretName::Verifying];

/// The routes of this function.
pub fn routes<R: Routes<State = App>>() -> R {
    roots::<R>().routes(routes!(data_request::data_request, cancel::cancel)).routes(
        routes!(download::download)
            .acts_on_get(StatusCode::SEE_OTHER)
            .open_to_any_client("a mailed link is opened by a browser, which has no key"),
    )
}

/// Those that `front` serves too: no `{proxy+}` route of the template catches their paths once a slash is at their end.
pub fn roots<R: Routes<State = App>>() -> R {
    R::new().routes(routes!(list::list, create::create).accepts_key::<EvenLeaving>())
}
