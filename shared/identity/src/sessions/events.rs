//! What happens to sessions, as the audit log records it.

use super::{SessionId, metrics};
use crate::accounts;
use crate::audit::{Event, Factor, Outcome, Suspicion};
use latchkey_kernel::telemetry::EventKind;

latchkey_kernel::event_kinds! {
    /// A session began.
    LOGIN = EventKind::new("LOGIN", "Signed in").of_sign_in().counted_as(metrics::SIGN_IN);
    /// A password was wrong, or a passkey that was shown alone.
    LOGIN_FAILED = EventKind::new("LOGIN_FAILED", "A sign-in failed").of_sign_in().by_others().counted_as(metrics::SIGN_IN_FAILED);
    /// A user signed out.
    LOGOUT = EventKind::new("LOGOUT", "Signed out").of_sign_in();
    /// A user ended a session, this or another one.
    SESSION_ENDED = EventKind::new("SESSION_ENDED", "A session was ended");
    /// A user ended all sessions but one.
    OTHER_SESSIONS_ENDED = EventKind::new("OTHER_SESSIONS_ENDED", "All other sessions were ended");
    /// An operator ended every session.
    ALL_SESSIONS_ENDED = EventKind::new("ALL_SESSIONS_ENDED", "An operator ended all sessions").by_others();
}

/// A refresh token came back that was used before.
pub(super) const REFRESH_TOKEN_REUSED: Suspicion =
    Suspicion::refused("refresh_token_reused").shown(Factor::RefreshToken);

/// The owner of the account says that a sign-in was not theirs.
pub(super) const SIGN_IN_DISOWNED: Suspicion = Suspicion::succeeded("sign_in_disowned").shown(Factor::MailedLink);

/// So many wrong passwords were tried for one login that no more were evaluated for a while.
pub(super) const MANY_FAILED_SIGN_INS: Suspicion = Suspicion::refused("many_failed_sign_ins").shown(Factor::Password);

/// So many wrong passwords in a row came from one session that it was ended.
pub(super) const MANY_WRONG_PASSWORDS: Suspicion = Suspicion::refused("many_wrong_passwords").shown(Factor::Password);

/// So many sign-ins were tried from one IP address that no more were let through for a while.
pub(super) const MANY_SIGN_INS_FROM_ADDRESS: Suspicion = Suspicion::refused("many_sign_ins_from_address");

/// The right password came from a country from which there was no sign-in to the account before.
pub(super) const NEW_COUNTRY: Suspicion = Suspicion::succeeded("new_country").shown(Factor::Password);

/// A session began: how the user signed in, and with which second factor.
pub(crate) fn login(session: SessionId, method: &'static str, factor: Option<accounts::Factor>) -> Event {
    let shown = match method {
        _ if factor.is_some() => factor.map(Factor::from),
        "password" | "password_change" => Some(Factor::Password),
        "registration" | "mailed_code" => Some(Factor::MailedCode),
        "provider" => Some(Factor::Provider),
        _ => None,
    };
    Event::of(&LOGIN).shown(shown).with("session", session).with("method", method).with("factor", factor)
}

/// A password was wrong or a login unknown, or a passkey that was shown alone was refused.
pub(crate) fn login_failed(factor: Factor) -> Event {
    Event::of(&LOGIN_FAILED).shown(factor).ended(Outcome::Failure)
}

/// A user signed out.
pub(crate) fn logout(session: SessionId) -> Event {
    Event::of(&LOGOUT).with("session", session)
}

/// A user ended a session; `by` is the session that asked for it.
pub(crate) fn session_ended(session: SessionId, by: SessionId) -> Event {
    Event::of(&SESSION_ENDED).with("session", session).with("by", by)
}

/// A user ended all sessions but `by`, which asked for it.
pub(crate) fn other_sessions_ended(by: SessionId) -> Event {
    Event::of(&OTHER_SESSIONS_ENDED).with("by", by)
}

/// An operator ended every session.
pub(crate) fn all_sessions_ended() -> Event {
    Event::of(&ALL_SESSIONS_ENDED)
}
