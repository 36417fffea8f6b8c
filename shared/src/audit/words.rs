//! The words of the log: what happened, with what it was shown, how it ended. Stored and answered as they stand here, so
//! a word is never changed and never used for something else.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mfa;

macro_rules! words {
    ($($(#[$outer:meta])* $words:ident { $($(#[$inner:meta])* $variant:ident = $word:tt,)* })*) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        $(#[$outer])*
        pub enum $words {
            $($(#[$inner])* #[serde(rename = $word)] $variant,)*
        }

        impl $words {
            /// The word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    )*};
}

words! {
    /// What happened, under the names that the source systems gave it.
    EventName {
        /// The account came into being.
        AccountCreated = "ACCOUNT_CREATED",
        /// The address was proven.
        EmailConfirmed = "EMAIL_CONFIRMED",
        /// The account has another address.
        EmailChange = "EMAIL_CHANGE",
        /// A change of the address was undone from the old mailbox.
        EmailChangeUndone = "EMAIL_CHANGE_UNDONE",
        /// A session began.
        Login = "LOGIN",
        /// A password was wrong, or a passkey that was shown alone.
        LoginFailed = "LOGIN_FAILED",
        /// A session was ended by its person.
        Logout = "LOGOUT",
        /// A person asked to delete the account.
        DataDeleteRequested = "DATA_DELETE_REQUESTED",
        /// A person took that back.
        DataDeleteCancelled = "DATA_DELETE_CANCELLED",
        /// A person asked for an export of their data.
        DataExportRequested = "DATA_EXPORT_REQUESTED",
        /// Somebody with its link downloaded an export.
        DataExportDownloaded = "DATA_EXPORT_DOWNLOADED",
        /// The account was erased.
        AccountDeleted = "ACCOUNT_DELETED",
        /// A second factor was enrolled, or another one in its place.
        FactorAdded = "MFA_ADDED",
        /// A second factor was removed.
        FactorRemoved = "MFA_REMOVED",
        /// A person got new recovery codes in place of the old ones.
        RecoveryCodesRenewed = "MFA_RECOVERY_CODES_RENEWED",
        /// A second factor was wrong, or used before.
        FactorFailed = "MFA_FAILED",
        /// An account with a provider was connected.
        SocialConnected = "SOCIAL_ACCOUNT_CONNECTED",
        /// An account with a provider was disconnected.
        SocialDisconnected = "SOCIAL_ACCOUNT_DISCONNECTED",
        /// A person changed their names or their profile.
        ProfileUpdate = "PROFILE_UPDATE",
        /// A session was ended by its person, from this or another one.
        SessionEnded = "SESSION_ENDED",
        /// All sessions but one were ended by their person.
        OtherSessionsEnded = "OTHER_SESSIONS_ENDED",
        /// A password was set by a person who was signed in.
        PasswordChange = "PASSWORD_CHANGE",
        /// A password was set with a mailed code or link.
        PasswordReset = "PASSWORD_RESET",
        /// Something that an attacker might have done.
        SuspiciousActivity = "SUSPICIOUS_ACTIVITY",
        /// An operator suspended the account.
        AccountSuspended = "ACCOUNT_SUSPENDED",
        /// An operator lifted the suspension.
        AccountRestored = "ACCOUNT_RESTORED",
        /// An operator ended every session.
        AllSessionsEnded = "ALL_SESSIONS_ENDED",
    }

    /// Who did something, where it was not the account's own user.
    ActorKind {
        /// Who runs the deployment, with the command line.
        Operator = "operator",
    }

    /// With what somebody showed, or tried to show, who they are.
    #[schema(as = ShownFactor)]
    Factor {
        /// The account's password.
        Password = "password",
        /// A code from a mail.
        MailedCode = "mailed_code",
        /// A link from a mail.
        MailedLink = "mailed_link",
        /// A refresh token.
        RefreshToken = "refresh_token",
        /// The code of an authenticator app.
        Totp = "totp",
        /// A passkey.
        Passkey = "passkey",
        /// A recovery code.
        RecoveryCode = "recovery_code",
        /// The word of a provider such as Google.
        Provider = "provider",
    }

    /// Whether what was tried came about.
    Outcome {
        /// It did.
        Success = "success",
        /// It was refused.
        Failure = "failure",
    }

    /// What makes an activity suspicious.
    Suspicion {
        /// A refresh token came back that was used before.
        RefreshTokenReused = "refresh_token_reused",
        /// The owner of the account says that a sign-in was not theirs.
        SignInDisowned = "sign_in_disowned",
        /// So many wrong passwords were tried for one login that no more were evaluated for a while.
        ManyFailedSignIns = "many_failed_sign_ins",
        /// So many wrong passwords in a row came from one session that it was ended.
        ManyWrongPasswords = "many_wrong_passwords",
        /// So many second factors were wrong that no more were looked at for a while, after a right first factor.
        ManyFailedFactors = "many_failed_factors",
        /// So many sign-ins were tried from one address that no more were let through for a while.
        ManySignInsFromAddress = "many_sign_ins_from_address",
        /// The right password came from a country from which nobody had signed in to the account.
        NewCountry = "new_country",
        /// The authenticator of a passkey counted fewer uses than before: there may be two that hold it.
        PasskeyCountWentBack = "passkey_count_went_back",
        /// The authenticator of a passkey says otherwise than before whether it can be copied to other devices.
        PasskeyBackupChanged = "passkey_backup_changed",
    }
}

impl From<mfa::Factor> for Factor {
    fn from(factor: mfa::Factor) -> Self {
        match factor {
            mfa::Factor::Totp => Self::Totp,
            mfa::Factor::Passkey => Self::Passkey,
            mfa::Factor::RecoveryCode => Self::RecoveryCode,
        }
    }
}

impl EventName {
    /// The same for people.
    pub fn description(self) -> &'static str {
        match self {
            Self::AccountCreated => "The account was created",
            Self::EmailConfirmed => "The mail address was confirmed",
            Self::EmailChange => "The mail address was changed",
            Self::EmailChangeUndone => "A change of the mail address was undone",
            Self::Login => "Signed in",
            Self::LoginFailed => "A sign-in failed",
            Self::Logout => "Signed out",
            Self::DataDeleteRequested => "The deletion of the account was asked for",
            Self::DataDeleteCancelled => "The deletion of the account was taken back",
            Self::DataExportRequested => "An export of all data was asked for",
            Self::DataExportDownloaded => "An export was downloaded with its mailed link",
            Self::AccountDeleted => "The account was erased",
            Self::FactorAdded => "A second factor was added",
            Self::FactorRemoved => "A second factor was removed",
            Self::RecoveryCodesRenewed => "The recovery codes were replaced",
            Self::FactorFailed => "A second factor was wrong",
            Self::SocialConnected => "An account with a provider was connected",
            Self::SocialDisconnected => "An account with a provider was disconnected",
            Self::ProfileUpdate => "Names or profile were changed",
            Self::SessionEnded => "A session was ended",
            Self::OtherSessionsEnded => "All other sessions were ended",
            Self::PasswordChange => "The password was changed",
            Self::PasswordReset => "The password was set by mail",
            Self::SuspiciousActivity => "Something unusual happened",
            Self::AccountSuspended => "An operator suspended the account",
            Self::AccountRestored => "An operator lifted the suspension of the account",
            Self::AllSessionsEnded => "An operator ended all sessions",
        }
    }
}

impl Suspicion {
    /// Whether what was tried came about, before anybody knew.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::SignInDisowned | Self::NewCountry | Self::PasskeyCountWentBack | Self::PasskeyBackupChanged => {
                Outcome::Success
            }
            Self::RefreshTokenReused
            | Self::ManyFailedSignIns
            | Self::ManyWrongPasswords
            | Self::ManyFailedFactors
            | Self::ManySignInsFromAddress => Outcome::Failure,
        }
    }
}
