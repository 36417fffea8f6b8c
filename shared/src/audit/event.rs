//! The events, each with what is told of it.

use serde_json::{Map, Value, json};

use super::{EventName, Factor, Outcome, Suspicion};
use crate::mfa;
use crate::privacy::DataRequestId;
use crate::sessions::SessionId;
use crate::social::ProviderName;

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
        /// And with which second factor.
        factor: Option<mfa::Factor>,
    },
    /// A password was wrong, or a login unknown; or a passkey was not to be believed.
    LoginFailed {
        /// What was tried.
        factor: Factor,
    },
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
        /// How: `session`, `link`, or by taking the account back: `password_reset`, `email_change_undone` or
        /// `sign_in_disowned`.
        by: &'static str,
    },
    /// A person asked for an export of their data.
    ExportRequested {
        /// The request.
        request: DataRequestId,
    },
    /// Somebody with its link downloaded an export.
    ExportDownloaded {
        /// The request that it answers.
        request: DataRequestId,
    },
    /// The account was erased.
    AccountDeleted,
    /// A second factor was enrolled, or another one in its place.
    FactorAdded {
        /// Which.
        factor: mfa::Factor,
    },
    /// A second factor was removed.
    FactorRemoved {
        /// Which.
        factor: mfa::Factor,
        /// How: `session`, `email_change_undone` or `operator`.
        by: &'static str,
    },
    /// A person got new recovery codes in place of the old ones.
    RecoveryCodesRenewed,
    /// A second factor was wrong, or used before.
    FactorFailed {
        /// Which.
        factor: mfa::Factor,
    },
    /// An account with a provider was connected.
    SocialConnected {
        /// The provider.
        provider: ProviderName,
        /// How: `session`, `registration`, or `address`, by which it was found.
        by: &'static str,
    },
    /// An account with a provider was disconnected.
    SocialDisconnected {
        /// The provider.
        provider: ProviderName,
        /// How: `session` or `email_change_undone`.
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
        /// The session that it concerned, if it was one.
        session: Option<SessionId>,
        /// What it was.
        reason: Suspicion,
    },
    /// An operator suspended the account.
    AccountSuspended,
    /// An operator lifted the suspension.
    AccountRestored,
    /// An operator ended every session.
    AllSessionsEnded,
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
    pub fn name(&self) -> EventName {
        match self {
            Self::AccountCreated => EventName::AccountCreated,
            Self::EmailConfirmed => EventName::EmailConfirmed,
            Self::EmailChange => EventName::EmailChange,
            Self::EmailChangeUndone => EventName::EmailChangeUndone,
            Self::Login { .. } => EventName::Login,
            Self::LoginFailed { .. } => EventName::LoginFailed,
            Self::Logout { .. } => EventName::Logout,
            Self::DeletionRequested { .. } => EventName::DataDeleteRequested,
            Self::DeletionCancelled { .. } => EventName::DataDeleteCancelled,
            Self::ExportRequested { .. } => EventName::DataExportRequested,
            Self::ExportDownloaded { .. } => EventName::DataExportDownloaded,
            Self::AccountDeleted => EventName::AccountDeleted,
            Self::FactorAdded { .. } => EventName::FactorAdded,
            Self::FactorRemoved { .. } => EventName::FactorRemoved,
            Self::RecoveryCodesRenewed => EventName::RecoveryCodesRenewed,
            Self::FactorFailed { .. } => EventName::FactorFailed,
            Self::SocialConnected { .. } => EventName::SocialConnected,
            Self::SocialDisconnected { .. } => EventName::SocialDisconnected,
            Self::ProfileUpdate(_) => EventName::ProfileUpdate,
            Self::SessionEnded { .. } => EventName::SessionEnded,
            Self::OtherSessionsEnded { .. } => EventName::OtherSessionsEnded,
            Self::PasswordChange { .. } => EventName::PasswordChange,
            Self::PasswordReset { .. } => EventName::PasswordReset,
            Self::SuspiciousActivity { .. } => EventName::SuspiciousActivity,
            Self::AccountSuspended => EventName::AccountSuspended,
            Self::AccountRestored => EventName::AccountRestored,
            Self::AllSessionsEnded => EventName::AllSessionsEnded,
        }
    }

    /// What somebody showed, where the event is about showing something.
    pub(super) fn factor(&self) -> Option<Factor> {
        match self {
            Self::Login { factor: Some(factor), .. }
            | Self::FactorAdded { factor }
            | Self::FactorRemoved { factor, .. }
            | Self::FactorFailed { factor } => Some((*factor).into()),
            Self::Login { method: "password" | "password_change", .. }
            | Self::PasswordChange { first: false }
            | Self::SuspiciousActivity {
                reason: Suspicion::ManyFailedSignIns | Suspicion::ManyWrongPasswords | Suspicion::NewCountry,
                ..
            } => Some(Factor::Password),
            Self::LoginFailed { factor } => Some(*factor),
            Self::SuspiciousActivity {
                reason: Suspicion::PasskeyCountWentBack | Suspicion::PasskeyBackupChanged,
                ..
            } => Some(Factor::Passkey),
            Self::Login { method: "registration" | "mailed_code", .. }
            | Self::EmailChange
            | Self::PasswordReset { method: "code", .. } => Some(Factor::MailedCode),
            Self::Login { method: "provider", .. } | Self::SocialConnected { by: "registration" | "address", .. } => {
                Some(Factor::Provider)
            }
            Self::EmailChangeUndone
            | Self::DeletionCancelled { by: "link", .. }
            | Self::ExportDownloaded { .. }
            | Self::PasswordReset { method: "link", .. }
            | Self::SuspiciousActivity { reason: Suspicion::SignInDisowned, .. } => Some(Factor::MailedLink),
            Self::SuspiciousActivity { reason: Suspicion::RefreshTokenReused, .. } => Some(Factor::RefreshToken),
            _ => None,
        }
    }

    /// Whether what was tried came about.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::LoginFailed { .. } | Self::FactorFailed { .. } => Outcome::Failure,
            Self::SuspiciousActivity { reason, .. } => reason.outcome(),
            _ => Outcome::Success,
        }
    }

    /// Whether the account's own person is taken to have done it. Of the rest nobody knows who it was.
    pub(super) fn is_by_its_person(&self) -> bool {
        !matches!(
            self,
            Self::LoginFailed { .. }
                | Self::FactorFailed { .. }
                | Self::SuspiciousActivity { .. }
                | Self::ExportDownloaded { .. }
                | Self::AccountDeleted
                | Self::AccountSuspended
                | Self::AccountRestored
                | Self::AllSessionsEnded
        )
    }

    /// What else is to be said.
    pub(super) fn extra(self) -> Value {
        match self {
            Self::AccountCreated
            | Self::EmailConfirmed
            | Self::EmailChange
            | Self::EmailChangeUndone
            | Self::RecoveryCodesRenewed
            | Self::AccountDeleted
            | Self::AccountSuspended
            | Self::AccountRestored
            | Self::AllSessionsEnded
            | Self::LoginFailed { .. } => json!({}),
            Self::Login { session, method, factor } => {
                json!({ "session": session, "method": method, "factor": factor })
            }
            Self::FactorAdded { factor } | Self::FactorFailed { factor } => json!({ "factor": factor }),
            Self::FactorRemoved { factor, by } => json!({ "factor": factor, "by": by }),
            Self::SocialConnected { provider, by } | Self::SocialDisconnected { provider, by } => {
                json!({ "provider": provider, "by": by })
            }
            Self::Logout { session } => json!({ "session": session }),
            Self::DeletionRequested { request }
            | Self::ExportRequested { request }
            | Self::ExportDownloaded { request } => json!({ "request": request }),
            Self::DeletionCancelled { request, by } => json!({ "request": request, "by": by }),
            Self::ProfileUpdate(changes) => json!({ "changes": changes.told, "fields": changes.fields }),
            Self::SessionEnded { session, by } => json!({ "session": session, "by": by }),
            Self::OtherSessionsEnded { by } => json!({ "by": by }),
            Self::PasswordChange { first } => json!({ "first": first }),
            Self::PasswordReset { method, first } => json!({ "method": method, "first": first }),
            Self::SuspiciousActivity { session: Some(session), reason } => {
                json!({ "session": session, "reason": reason })
            }
            Self::SuspiciousActivity { session: None, reason } => json!({ "reason": reason }),
        }
    }
}
