//! The events, under the names that the source systems gave them.

use serde_json::{Value, json};

use crate::id::SessionId;

/// Something that happened to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The account came into being.
    AccountCreated,
    /// The address was proven.
    EmailConfirmed,
    /// A session began.
    Login {
        /// The session.
        session: SessionId,
        /// How the person showed who they are.
        method: &'static str,
    },
    /// A password was wrong, or a login unknown.
    LoginFailed,
    /// A session was ended by its person.
    Logout {
        /// The session.
        session: SessionId,
    },
    /// Something that an attacker might have done.
    SuspiciousActivity {
        /// The session it concerned, and that was ended.
        session: SessionId,
        /// What it was.
        reason: &'static str,
    },
}

impl Event {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccountCreated => "ACCOUNT_CREATED",
            Self::EmailConfirmed => "EMAIL_CONFIRMED",
            Self::Login { .. } => "LOGIN",
            Self::LoginFailed => "LOGIN_FAILED",
            Self::Logout { .. } => "LOGOUT",
            Self::SuspiciousActivity { .. } => "SUSPICIOUS_ACTIVITY",
        }
    }

    /// What else is to be said.
    pub(super) fn extra(self) -> Value {
        match self {
            Self::AccountCreated | Self::EmailConfirmed | Self::LoginFailed => json!({}),
            Self::Login { session, method } => json!({ "session": session, "method": method }),
            Self::Logout { session } => json!({ "session": session }),
            Self::SuspiciousActivity { session, reason } => json!({ "session": session, "reason": reason }),
        }
    }
}
