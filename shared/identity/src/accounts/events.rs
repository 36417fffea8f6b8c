//! What happens to accounts, as the audit log records it.

use super::metrics;
use crate::audit::{Changes, Event, Factor};
use latchkey_kernel::telemetry::EventKind;

latchkey_kernel::event_kinds! {
    /// The account was created.
    ACCOUNT_CREATED = EventKind::new("ACCOUNT_CREATED", "The account was created").counted_as(metrics::ACCOUNT_CREATED);
    /// The email address was confirmed.
    EMAIL_CONFIRMED = EventKind::new("EMAIL_CONFIRMED", "The mail address was confirmed");
    /// The account has another email address.
    EMAIL_CHANGE = EventKind::new("EMAIL_CHANGE", "The mail address was changed");
    /// A change of the email address was undone from the old mailbox.
    EMAIL_CHANGE_UNDONE = EventKind::new("EMAIL_CHANGE_UNDONE", "A change of the mail address was undone");
    /// A user changed their names or their profile.
    PROFILE_UPDATE = EventKind::new("PROFILE_UPDATE", "Names or profile were changed");
    /// A password was set by a user who was signed in.
    PASSWORD_CHANGE = EventKind::new("PASSWORD_CHANGE", "The password was changed");
    /// A password was set with a mailed code or link.
    PASSWORD_RESET = EventKind::new("PASSWORD_RESET", "The password was set by mail");
    /// An operator suspended the account.
    ACCOUNT_SUSPENDED = EventKind::new("ACCOUNT_SUSPENDED", "An operator suspended the account").by_others();
    /// An operator lifted the suspension.
    ACCOUNT_RESTORED =
        EventKind::new("ACCOUNT_RESTORED", "An operator lifted the suspension of the account").by_others();
}

/// The account was created.
pub(crate) fn account_created() -> Event {
    Event::of(&ACCOUNT_CREATED)
}

/// The email address was confirmed.
pub(crate) fn email_confirmed() -> Event {
    Event::of(&EMAIL_CONFIRMED)
}

/// The account has another email address, which a mailed code confirmed.
pub(crate) fn email_changed() -> Event {
    Event::of(&EMAIL_CHANGE).shown(Factor::MailedCode)
}

/// A change of the email address was undone with a link in the old mailbox.
pub(crate) fn email_change_undone() -> Event {
    Event::of(&EMAIL_CHANGE_UNDONE).shown(Factor::MailedLink)
}

/// A user changed their names or their profile.
pub(crate) fn profile_updated(changes: Changes) -> Event {
    Event::of(&PROFILE_UPDATE).changing(changes)
}

/// A password was set by a user who was signed in; `first` if the account had none before.
pub(crate) fn password_changed(first: bool) -> Event {
    Event::of(&PASSWORD_CHANGE).shown((!first).then_some(Factor::Password)).with("first", first)
}

/// A password was set with a mailed `code` or `link`; `first` if the account had none before.
pub(crate) fn password_reset(method: &'static str, first: bool) -> Event {
    let factor = match method {
        "code" => Some(Factor::MailedCode),
        "link" => Some(Factor::MailedLink),
        _ => None,
    };
    Event::of(&PASSWORD_RESET).shown(factor).with("method", method).with("first", first)
}

/// An operator suspended the account.
pub(crate) fn account_suspended() -> Event {
    Event::of(&ACCOUNT_SUSPENDED)
}

/// An operator lifted the suspension.
pub(crate) fn account_restored() -> Event {
    Event::of(&ACCOUNT_RESTORED)
}
