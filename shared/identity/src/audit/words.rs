//! The words of the log: what happened, with what it was shown, how it ended. Stored and answered as they stand here, so
//! a word is never changed and never used for something else.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use latchkey_kernel::telemetry::EventKind;

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
}

/// What happened, under the names that the source systems gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct EventName(Cow<'static, str>);

impl EventName {
    /// The name of this kind.
    pub fn of(kind: &'static EventKind) -> Self {
        Self(Cow::Borrowed(kind.name()))
    }

    /// The name. A row that a newer version wrote may have one that this version has no kind for.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
