//! What happens to second factors, as the audit log records it.

use crate::accounts::Factor;
use crate::audit::{self, Event, Outcome, Suspicion};
use latchkey_kernel::telemetry::EventKind;

latchkey_kernel::event_kinds! {
    /// A second factor was enrolled, or another one in its place.
    MFA_ADDED = EventKind::new("MFA_ADDED", "A second factor was added");
    /// A second factor was removed.
    MFA_REMOVED = EventKind::new("MFA_REMOVED", "A second factor was removed");
    /// A user got new recovery codes in place of the old ones.
    MFA_RECOVERY_CODES_RENEWED = EventKind::new("MFA_RECOVERY_CODES_RENEWED", "The recovery codes were replaced");
    /// A second factor was wrong, or used before.
    MFA_FAILED = EventKind::new("MFA_FAILED", "A second factor was wrong").by_others();
}

/// So many second factors were wrong that no more were looked at for a while, after a right first factor.
pub(super) const MANY_FAILED_FACTORS: Suspicion = Suspicion::refused("many_failed_factors");

/// The authenticator of a passkey counted fewer uses than before: there may be two that hold it.
pub(super) const PASSKEY_COUNT_WENT_BACK: Suspicion =
    Suspicion::succeeded("passkey_count_went_back").shown(audit::Factor::Passkey);

/// The authenticator of a passkey says otherwise than before whether it can be copied to other devices.
pub(super) const PASSKEY_BACKUP_CHANGED: Suspicion =
    Suspicion::succeeded("passkey_backup_changed").shown(audit::Factor::Passkey);

/// A second factor was enrolled, or another one in its place.
pub(crate) fn factor_added(factor: Factor) -> Event {
    Event::of(&MFA_ADDED).shown(audit::Factor::from(factor)).with("factor", factor)
}

/// A second factor was removed: in a `session`, by `email_change_undone` or by an `operator`.
pub(crate) fn factor_removed(factor: Factor, by: &'static str) -> Event {
    Event::of(&MFA_REMOVED).shown(audit::Factor::from(factor)).with("factor", factor).with("by", by)
}

/// A user got new recovery codes in place of the old ones.
pub(crate) fn recovery_codes_renewed() -> Event {
    Event::of(&MFA_RECOVERY_CODES_RENEWED)
}

/// A second factor was wrong, or used before.
pub(crate) fn factor_failed(factor: Factor) -> Event {
    Event::of(&MFA_FAILED).shown(audit::Factor::from(factor)).ended(Outcome::Failure).with("factor", factor)
}

impl From<Factor> for audit::Factor {
    fn from(factor: Factor) -> Self {
        match factor {
            Factor::Totp => Self::Totp,
            Factor::Passkey => Self::Passkey,
            Factor::RecoveryCode => Self::RecoveryCode,
        }
    }
}
