//! How long the lines of the audit log are kept.

use jiff::SignedDuration;

use latchkey_kernel::config::{ConfigError, Configured, ReadBy, SectionShape, Values, days};
use latchkey_kernel::section;
use latchkey_kernel::telemetry::EventKind;

/// The sections of the audit log.
pub const SECTIONS: &[SectionShape] = &[RETENTION];

section! {
    /// How long the lines of the audit log are kept.
    RETENTION: "retention", ReadBy::ApiAnd(&["exporter"]), also [];
    AUDIT_RETENTION_DAYS = Some("365"), 4, "A line of the audit log is kept for so many days, 30 to 3650.";
    SIGN_IN_RETENTION_DAYS = Some("180"), 4, "A line of the audit log about a sign-in is kept for so many days, 30 to 3650.";
}

/// How long the lines of the audit log are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// A line of the audit log.
    pub audit: SignedDuration,
    /// A line of the audit log about a sign-in.
    pub sign_ins: SignedDuration,
}

impl Retention {
    /// How long a line of the audit log about an event of this kind is kept.
    pub fn of_line(&self, kind: &EventKind) -> SignedDuration {
        if kind.is_sign_in() { self.sign_ins } else { self.audit }
    }
}

impl Configured for Retention {
    const SHAPE: SectionShape = RETENTION;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            audit: days(read.number(&AUDIT_RETENTION_DAYS, 30..=3650, "30 to 3650")?),
            sign_ins: days(read.number(&SIGN_IN_RETENTION_DAYS, 30..=3650, "30 to 3650")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_forgotten_before_what_was_done_in_it() {
        let retention = Retention { audit: days(365), sign_ins: days(90) };
        let change = EventKind::new("PASSWORD_CHANGE", "The password was changed");
        assert_eq!(retention.of_line(&EventKind::new("LOGIN", "Signed in").of_sign_in()), days(90));
        assert_eq!(retention.of_line(&change), days(365));
    }
}
