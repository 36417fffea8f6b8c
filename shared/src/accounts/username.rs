//! Usernames: public names, unique whatever their case.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// A public name of 2 to 32 characters: letters and digits, and `_`, `.` or `-` after the first. A stored one is read
/// as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

/// The name cannot be a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A username has 2 to 32 characters: letters, digits, and . _ - after the first.")]
pub struct UsernameInvalid;

impl Username {
    /// Reads a username as a person types it; blanks around it do not count.
    pub fn parse(typed: &str) -> Result<Self, UsernameInvalid> {
        let typed = typed.trim_matches(' ');
        let length = typed.chars().take(33).count();
        let well_formed = (2..=32).contains(&length)
            && typed.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
            && typed.chars().next().is_some_and(char::is_alphanumeric)
            && typed.nfkc().eq(typed.chars());
        if well_formed { Ok(Self(typed.to_owned())) } else { Err(UsernameInvalid) }
    }

    /// As the person wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which usernames are unique.
    pub fn folded(&self) -> String {
        // By way of upper case, character by character: the final sigma is then the same letter as every other.
        self.0.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_unique_whatever_their_case() {
        assert_eq!(Username::parse("Ada_L").unwrap().folded(), Username::parse("ada_l").unwrap().folded());
        assert_eq!(Username::parse("Jürgen").unwrap().folded(), "jürgen");
        assert_eq!(Username::parse("ΟΔΟΣ").unwrap().folded(), Username::parse("οδος").unwrap().folded());
    }

    #[test]
    fn what_is_an_address_or_could_be_written_otherwise_is_refused() {
        let long = "a".repeat(33);
        for wrong in ["", "a", "a@b", "a b", "_ada", "ada\n", "ａda", "ada\u{0}", "ﬁona", "ada/../x", &long] {
            assert!(Username::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
