//! `auth`: registering, signing in and out, second factors, refreshing, and what others need to verify our tokens.

mod ask_for_passkey;
mod ask_for_reset;
mod ask_for_sign_in_code;
mod change_password;
mod change_password_page;
mod discovery;
mod documents;
mod health;
mod keys;
mod mfa;
mod passkey_endpoints;
mod password_too_weak;
mod refresh;
mod register;
mod resend;
mod reset_password;
mod second_step;
mod sign_in;
mod sign_in_by_code;
mod sign_in_by_passkey;
mod sign_out;
mod verify_email;
mod verify_token;

use latchkey_identity::app::{App, SecretName};
use latchkey_kernel::config::Process;
use latchkey_kernel::http::idempotency::Anybody;
use latchkey_kernel::http::routes::Routes;
use latchkey_kernel::routes;

use mfa::passkeys::{enrol, list, look, options, remove, rename};
use mfa::{confirm_totp, disable_totp, enrol_totp, overview, renew_recovery_codes};

/// Which function it is.
pub const PROCESS: Process = Process::Api("auth");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &SecretName::ALL;

/// Why health is exempt.
const MONITORED: &str = "monitors ask often, from one place, and have no key";
/// Why the public documents are.
const KEPT: &str = "it is the same for everybody, and kept for an hour";

/// The routes of this function.
pub fn routes<R: Routes<State = App>>() -> R {
    roots::<R>()
        .routes(routes!(resend::resend).accepts_key::<Anybody>())
        .routes(routes!(second_step::second_step).refuses_key())
        .routes(routes!(sign_in_by_code::sign_in_by_code).refuses_key())
        .routes(routes!(ask_for_passkey::ask_for_passkey).refuses_key())
        .routes(routes!(sign_in_by_passkey::sign_in_by_passkey).refuses_key())
        .routes(routes!(refresh::refresh).refuses_key())
        .routes(routes!(verify_token::verify_token).ignores_key("it only looks"))
        .routes(routes!(reset_password::reset_password).accepts_key::<Anybody>())
        .routes(routes!(enrol_totp::enrol_totp, disable_totp::disable_totp).refuses_key())
        .routes(routes!(confirm_totp::confirm_totp).refuses_key())
        .routes(routes!(renew_recovery_codes::renew_recovery_codes).refuses_key())
        .routes(routes!(options::passkey_options).refuses_key())
        .routes(routes!(list::passkeys, enrol::enrol_passkey).refuses_key())
        .routes(routes!(look::passkey, rename::rename_passkey, remove::remove_passkey))
        .routes(routes!(change_password_page::change_password_page).counts_visits())
        .routes(routes!(passkey_endpoints::passkey_endpoints).counts_for_nobody(KEPT))
        .routes(routes!(health::ready).counts_for_nobody(MONITORED).open_to_any_client(MONITORED))
}

/// Those that `front` serves too: no `{proxy+}` route of the template catches their paths once a slash is at their end.
pub fn roots<R: Routes<State = App>>() -> R {
    R::new()
        .routes(routes!(register::register).accepts_key::<Anybody>())
        .routes(routes!(verify_email::verify_email).refuses_key())
        .routes(routes!(sign_in::sign_in).refuses_key())
        .routes(routes!(ask_for_sign_in_code::ask_for_sign_in_code).accepts_key::<Anybody>())
        .routes(routes!(sign_out::sign_out).ignores_key("what has ended stays ended"))
        .routes(routes!(ask_for_reset::ask_for_reset).accepts_key::<Anybody>())
        .routes(routes!(change_password::change_password).refuses_key())
        .routes(routes!(overview::mfa))
        .routes(routes!(keys::keys).counts_for_nobody(KEPT))
        .routes(routes!(discovery::discovery).counts_for_nobody(KEPT))
        .routes(routes!(health::health).counts_for_nobody(MONITORED).open_to_any_client(MONITORED))
        .routes(routes!(documents::openapi).counts_visits())
        .routes(routes!(documents::docs).counts_visits())
}
