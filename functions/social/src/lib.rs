//! `social`: signing in by a provider such as Google, and connecting providers to an account.

mod accounts;
mod browser;
mod callback;
mod connect;
mod credential;
mod disconnect;
mod entered;
mod exchange;
mod login;
mod name_email;
mod refusals;
mod sign_in;
mod status;

use http::StatusCode;
use latchkey_identity::app::{App, SecretName};
use latchkey_kernel::config::Process;
use latchkey_kernel::http::idempotency::Anybody;
use latchkey_kernel::http::routes::Routes;
use latchkey_kernel::routes;

/// Which function it is.
pub const PROCESS: Process = Process::Api("social");
/// The secrets that it uses, read before the first request. What the owner has with providers is read when somebody first
/// asks for one.
pub const SECRETS: &[SecretName] = &[SecretName::Macs, SecretName::Sealing, SecretName::Signing, SecretName::Verifying];

/// Why the two addresses that browsers open are open.
const NAVIGATED: &str = "browsers open it by themselves, and send no such header then";

/// The routes of this function.
pub fn routes<R: Routes<State = App>>() -> R {
    R::new()
        .routes(routes!(login::login).acts_on_get(StatusCode::SEE_OTHER).open_to_any_client(NAVIGATED))
        .routes(routes!(callback::callback).acts_on_get(StatusCode::SEE_OTHER).open_to_any_client(NAVIGATED))
        .routes(routes!(exchange::exchange).refuses_key())
        .routes(routes!(name_email::name_email).accepts_key::<Anybody>())
        .routes(routes!(sign_in::sign_in).refuses_key())
        .routes(routes!(accounts::accounts))
        .routes(routes!(status::status))
        .routes(routes!(connect::connect).ignores_key("a provider is connected once, and every visit to one is new"))
        .routes(routes!(disconnect::disconnect).ignores_key("what is disconnected stays so"))
}
