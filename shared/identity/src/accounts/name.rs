//! Full names.

use serde::{Deserialize, Serialize};

use latchkey_kernel::typed;

/// The most characters of a name.
const LONGEST: usize = 255;

/// A user's full name: 1 to 255 characters on one line, with no link and no invisible character.
///
/// Mails open with it, and a user who is not the owner can change it: a name must not make a genuine mail say something
/// else. The rule is for what users type; a stored name is read as it is, or a stricter rule would lock its user out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

/// The text cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A name has 1 to 255 characters on one line, and no link or invisible character among them.")]
pub struct NameInvalid;

impl Name {
    /// Reads a name as a user types it ([`typed::line`]).
    pub fn parse(typed: &str) -> Result<Self, NameInvalid> {
        typed::line(typed, LONGEST).map(|name| Self(name.to_owned())).map_err(|_| NameInvalid)
    }

    /// The name that another system tells, such as a provider: cleaned rather than refused, since its user cannot
    /// correct it there and would be locked out. None if nothing of it is left.
    pub fn cleaned(told: &str) -> Option<Self> {
        typed::cleaned_line(told, LONGEST).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
