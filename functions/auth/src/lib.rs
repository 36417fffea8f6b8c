//! `auth`: registering, signing in and out, refreshing, and what others need to verify our tokens.

mod ask_for_reset;
mod change_password;
mod discovery;
mod documents;
mod health;
mod keys;
mod password_too_weak;
mod refresh;
mod register;
mod resend;
mod reset_password;
mod sign_in;
mod sign_out;
mod verify_email;
mod verify_token;

use latchkey::app::SecretName;
use latchkey::http::routes::Routes;
use latchkey::idempotency::Caller;
use latchkey::routes;

pub use documents::API_DOCUMENT;

/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &SecretName::ALL;

/// The routes of this function.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(register::register).accepts_key(Caller::Anybody))
        .routes(routes!(verify_email::verify_email).refuses_key())
        .routes(routes!(resend::resend).accepts_key(Caller::Anybody))
        .routes(routes!(sign_in::sign_in).refuses_key())
        .routes(routes!(refresh::refresh).refuses_key())
        .routes(routes!(verify_token::verify_token).ignores_key("it only looks"))
        .routes(routes!(sign_out::sign_out).ignores_key("what has ended stays ended"))
        .routes(routes!(ask_for_reset::ask_for_reset).accepts_key(Caller::Anybody))
        .routes(routes!(reset_password::reset_password).accepts_key(Caller::Anybody))
        .routes(routes!(change_password::change_password).refuses_key())
        .routes(routes!(keys::keys))
        .routes(routes!(discovery::discovery))
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(documents::openapi))
        .routes(routes!(documents::docs))
}
