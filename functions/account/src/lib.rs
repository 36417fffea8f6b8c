//! `account`: what a signed-in person sees and changes of their own account.

mod change_profile;
mod confirm_email_change;
mod delete_account;
mod email_change;
mod end_other_sessions;
mod end_session;
mod me;
mod profile;
mod public_user;
mod rename;
mod security_log;
mod sessions;
mod step_up;

use latchkey::app::SecretName;
use latchkey::config::Process;
use latchkey::http::routes::Routes;
use latchkey::idempotency::Caller;
use latchkey::routes;

/// Which function it is.
pub const PROCESS: Process = Process::Api("account");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Macs, SecretName::Pepper, SecretName::Sealing, SecretName::Verifying];

/// The routes of this function.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(me::me, rename::rename, delete_account::delete_account))
        .routes(routes!(email_change::ask_for_email_change).accepts_key(Caller::SignedIn))
        .routes(routes!(confirm_email_change::confirm_email_change).accepts_key(Caller::SignedIn))
        .routes(
            routes!(step_up::step_up).ignores_key("a kept answer shows nothing again; a newer code replaces the older"),
        )
        .routes(routes!(profile::profile, change_profile::replace, change_profile::patch))
        .routes(routes!(public_user::public_user))
        .routes(routes!(sessions::sessions, end_other_sessions::end_other_sessions))
        .routes(routes!(end_session::end_session))
        .routes(routes!(security_log::security_log))
}
