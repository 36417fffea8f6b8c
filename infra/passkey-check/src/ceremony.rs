//! A ceremony as the relying party sees it: what it asked for, and what came back. It is all that a verdict rests on, so
//! one that is printed can be tried again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The relying party of every ceremony.
pub const PARTY: &str = "example.org";
/// The one origin of its pages.
pub const ORIGIN: &str = "https://example.org";

/// Making a passkey or using it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// It is made.
    Registration,
    /// It is used.
    Assertion,
}

/// What the relying party asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// The challenge, in base64url.
    pub challenge: String,
    /// Whether the user must be verified.
    pub verification_required: bool,
}

/// The passkey that is used: how it was made, and whose it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Enrolment {
    /// What was asked for then.
    pub asked: Asked,
    /// What the browser answered then, as JSON.
    pub sent: String,
    /// The user's handle, in base64url.
    pub user: String,
}

/// A ceremony.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ceremony {
    /// Which of the two it is.
    pub kind: Kind,
    /// Who made it before it was changed.
    pub by: String,
    /// What was changed; `nothing` in an honest one.
    pub change: String,
    /// Whether the change was made before the signature, as an authenticator would that has the key.
    pub signed_again: bool,
    /// What the relying party asked for.
    pub asked: Asked,
    /// What the browser answers, as JSON.
    pub sent: String,
    /// The passkey, when it is used.
    pub enrolment: Option<Enrolment>,
}

/// What both sides must read alike from a ceremony that both accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The passkey's id.
    pub id: Vec<u8>,
    /// The point's coordinates or the modulus.
    pub key: Vec<u8>,
    /// The signature counter.
    pub count: u32,
    /// Whether it can be copied.
    pub backup_eligible: bool,
    /// Whether it was.
    pub backed_up: bool,
}

/// What one side says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is good.
    Accepted(Facts),
    /// It is good, but the counter did not go up.
    Suspicious(Facts),
    /// It is not, and why, by the name of the error.
    Refused(String),
}

impl Verdict {
    /// What it read, if it accepts.
    pub fn facts(&self) -> Option<&Facts> {
        match self {
            Self::Accepted(facts) | Self::Suspicious(facts) => Some(facts),
            Self::Refused(_) => None,
        }
    }

    /// Whether it is a refusal for one of these reasons.
    pub fn refuses_for(&self, reasons: &[&str]) -> bool {
        matches!(self, Self::Refused(reason) if reasons.contains(&reason.as_str()))
    }

    /// In a few words.
    pub fn word(&self) -> &str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Suspicious(_) => "suspicious",
            Self::Refused(reason) => reason,
        }
    }
}

/// Base64url without padding.
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of what [`encoded`] wrote.
pub fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("what was written here")
}
