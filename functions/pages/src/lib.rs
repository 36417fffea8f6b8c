//! `pages`: the few HTML pages that mails link to. They work without script; a GET shows a form and changes
//! nothing, since mail scanners open every link; the POST acts.

mod cancel_deletion;
mod confirm_email;
mod end_session;
mod form;
mod page;
mod reset_password;
mod undo_email_change;

use latchkey::app::SecretName;
use latchkey::http::routes::Routes;
use latchkey::routes;

/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &[SecretName::Pepper, SecretName::Sealing];

/// The routes of this function.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(confirm_email::show, confirm_email::confirm).ignores_key("a form; its link works once"))
        .routes(routes!(reset_password::show, reset_password::reset).ignores_key("a form; its link works once"))
        .routes(routes!(reset_password::changed))
        .routes(routes!(cancel_deletion::show, cancel_deletion::cancel).ignores_key("a form; its link works once"))
        .routes(routes!(undo_email_change::show, undo_email_change::undo).ignores_key("a form; its link works once"))
        .routes(routes!(end_session::show, end_session::end).ignores_key("a form; its link works once"))
}
