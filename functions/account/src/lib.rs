//! `account`: what a signed-in person sees and changes of their own account.

mod change_profile;
mod confirm_email_change;
mod delete_account;
mod email_change;
mod end_other_sessions;
mod end_session;
mod me;
mod name_device;
mod profile;
mod public_user;
mod rename;
mod security_log;
mod sessions;
mod step_up;

use latchkey_identity::app::{App, SecretName};
use latchkey_identity::sessions::EvenLeaving;
use latchkey_kernel::config::Process;
use latchkey_kernel::http::routes::Routes;
use latchkey_kernel::routes;

/// Which function it is.
pub const PROCESS: Process = Process::Api("account");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Macs, SecretName::Pepper, SecretName::Sealing, SecretName::Verifying];

/// The routes of this function.
pub fn routes<R: Routes<State = App>>() -> R {
    roots::<R>()
        .routes(routes!(confirm_email_change::confirm_email_change).accepts_key::<EvenLeaving>())
        .routes(
            routes!(step_up::step_up).ignores_key("a kept answer shows nothing again; a newer code replaces the older"),
        )
        .routes(routes!(public_user::public_user))
        .routes(routes!(name_device::name_device, end_session::end_session))
}

/// Those that `front` serves too: no `{proxy+}` route of the template catches their paths once a slash is at their end.
pub fn roots<R: Routes<State = App>>() -> R {
    R::new()
        .routes(routes!(me::me, rename::rename, delete_account::delete_account))
        .routes(routes!(email_change::ask_for_email_change).accepts_key::<EvenLeaving>())
        .routes(routes!(profile::profile, change_profile::replace, change_profile::patch))
        .routes(routes!(sessions::sessions, end_other_sessions::end_other_sessions))
        .routes(routes!(security_log::security_log))
}
