//! Full names.

use serde::{Deserialize, Serialize};

/// A person's full name: 1 to 255 characters on one line.
///
/// The rule is for what people type; a stored name is read as it is, or a stricter rule would lock its person out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

/// The text cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A name has 1 to 255 characters on one line.")]
pub struct NameInvalid;

impl Name {
    /// Reads a name as a person types it; white space around it does not count.
    pub fn parse(typed: &str) -> Result<Self, NameInvalid> {
        let typed = typed.trim();
        let length = typed.chars().take(256).count();
        let breaks_lines = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        if (1..=255).contains(&length) && !typed.contains(breaks_lines) {
            Ok(Self(typed.to_owned()))
        } else {
            Err(NameInvalid)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
