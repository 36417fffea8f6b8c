//! The events, under the names that the source systems gave them.

use serde_json::{Map, Value, json};

use crate::id::{DataRequestId, SessionId};

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The account came into being.
    AccountCreated,
    /// The address was proven.
    EmailConfirmed,
    /// The account has another address.
    EmailChange,
    /// A change of the address was undone from the old mailbox.
    EmailChangeUndone,
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
    /// A person asked to delete the account.
    DeletionRequested {
        /// The request.
        request: DataRequestId,
    },
    /// A person took that back.
    DeletionCancelled {
        /// The request.
        request: DataRequestId,
        /// How: `session` or `link`.
        by: &'static str,
    },
    /// A person changed their names or their profile.
    ProfileUpdate(Changes),
    /// A session was ended by its person, from this or another one.
    SessionEnded {
        /// The session.
        session: SessionId,
        /// The session that asked for it.
        by: SessionId,
    },
    /// All sessions but one were ended by their person.
    OtherSessionsEnded {
        /// The session that asked for it, and goes on.
        by: SessionId,
    },
    /// A password was set by a person who was signed in.
    PasswordChange {
        /// Whether the account had none before.
        first: bool,
    },
    /// A password was set with a mailed code or link.
    PasswordReset {
        /// With which of them.
        method: &'static str,
        /// Whether the account had none before.
        first: bool,
    },
    /// Something that an attacker might have done.
    SuspiciousActivity {
        /// The session it concerned, and that was ended.
        session: SessionId,
        /// What it was.
        reason: &'static str,
    },
}

/// What a person changed. The log outlives what it tells of, so it keeps the values of what was agreed to and of what
/// is public anyway; of everything else (a telephone number, a bank account) the name of the field is enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    told: Map<String, Value>,
    fields: Vec<&'static str>,
}

impl Changes {
    /// A field changed from one value, which the log keeps, to another.
    pub fn tell(&mut self, field: &str, old: impl Into<Value>, new: impl Into<Value>) {
        self.told.insert(field.to_owned(), json!({ "old": old.into(), "new": new.into() }));
    }

    /// A field changed; the log keeps that alone.
    pub fn name(&mut self, field: &'static str) {
        self.fields.push(field);
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty() && self.fields.is_empty()
    }
}

impl Event {
    /// The stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AccountCreated => "ACCOUNT_CREATED",
            Self::EmailConfirmed => "EMAIL_CONFIRMED",
            Self::EmailChange => "EMAIL_CHANGE",
            Self::EmailChangeUndone => "EMAIL_CHANGE_UNDONE",
            Self::Login { .. } => "LOGIN",
            Self::LoginFailed => "LOGIN_FAILED",
            Self::Logout { .. } => "LOGOUT",
            Self::DeletionRequested { .. } => "DATA_DELETE_REQUESTED",
            Self::DeletionCancelled { .. } => "DATA_DELETE_CANCELLED",
            Self::ProfileUpdate(_) => "PROFILE_UPDATE",
            Self::SessionEnded { .. } => "SESSION_ENDED",
            Self::OtherSessionsEnded { .. } => "OTHER_SESSIONS_ENDED",
            Self::PasswordChange { .. } => "PASSWORD_CHANGE",
            Self::PasswordReset { .. } => "PASSWORD_RESET",
            Self::SuspiciousActivity { .. } => "SUSPICIOUS_ACTIVITY",
        }
    }

    /// What else is to be said.
    pub(super) fn extra(self) -> Value {
        match self {
            Self::AccountCreated
            | Self::EmailConfirmed
            | Self::EmailChange
            | Self::EmailChangeUndone
            | Self::LoginFailed => json!({}),
            Self::Login { session, method } => json!({ "session": session, "method": method }),
            Self::Logout { session } => json!({ "session": session }),
            Self::DeletionRequested { request } => json!({ "request": request }),
            Self::DeletionCancelled { request, by } => json!({ "request": request, "by": by }),
            Self::ProfileUpdate(changes) => json!({ "changes": changes.told, "fields": changes.fields }),
            Self::SessionEnded { session, by } => json!({ "session": session, "by": by }),
            Self::OtherSessionsEnded { by } => json!({ "by": by }),
            Self::PasswordChange { first } => json!({ "first": first }),
            Self::PasswordReset { method, first } => json!({ "method": method, "first": first }),
            Self::SuspiciousActivity { session, reason } => json!({ "session": session, "reason": reason }),
        }
    }
}
