//! `pages`: the few HTML pages that mails link to. They work without script; a GET shows a form and changes
//! nothing, since mail scanners open every link; the POST acts.

mod cancel_deletion;
mod confirm_email;
mod end_session;
mod form;
mod page;
mod refusals;
mod reset_password;
mod undo_email_change;

use latchkey_identity::app::{App, SecretName};
use latchkey_kernel::config::Process;
use latchkey_kernel::http::routes::Routes;
use latchkey_kernel::routes;

use crate::page::refusal;

/// Which function it is.
pub const PROCESS: Process = Process::Api("pages");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Macs, SecretName::Pepper, SecretName::Sealing];

/// Why its forms take no idempotency key.
const FORM: &str = "a form; its link works once";

/// The routes of this function.
pub fn routes<R: Routes<State = App>>() -> R {
    R::new()
        .routes(
            routes!(confirm_email::show, confirm_email::confirm)
                .counts_visits()
                .shows_problems(refusal)
                .ignores_key(FORM),
        )
        .routes(
            routes!(reset_password::show, reset_password::reset)
                .counts_visits()
                .shows_problems(refusal)
                .ignores_key(FORM),
        )
        .routes(routes!(reset_password::changed).counts_visits().shows_problems(refusal))
        .routes(
            routes!(cancel_deletion::show, cancel_deletion::cancel)
                .counts_visits()
                .shows_problems(refusal)
                .ignores_key(FORM),
        )
        .routes(
            routes!(undo_email_change::show, undo_email_change::undo)
                .counts_visits()
                .shows_problems(refusal)
                .ignores_key(FORM),
        )
        .routes(routes!(end_session::show, end_session::end).counts_visits().shows_problems(refusal).ignores_key(FORM))
}
