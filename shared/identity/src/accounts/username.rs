//! Usernames: public names, unique whatever their case.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use latchkey_kernel::typed::{self, is_mark};

/// The most marks that one letter may bear: more than any script writes, and too few to smear over the lines around.
const MOST_MARKS: usize = 3;

/// A public name of 2 to 32 characters: letters with their marks and digits, and `_`, `.` or `-` after the first. A
/// stored one is read as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

/// The name cannot be a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A username has 2 to 32 characters: letters, digits, and . _ - after the first.")]
pub struct UsernameInvalid;

impl Username {
    /// Reads a username as a user types it, in one spelling ([`typed::public_name`]).
    pub fn parse(typed: &str) -> Result<Self, UsernameInvalid> {
        // A longer text is not worth the reading.
        let name: String = if typed.len() > 1024 { return Err(UsernameInvalid) } else { typed::public_name(typed) };
        let is_letter = |c: char| c.is_alphanumeric() || is_mark(c) || matches!(c, '_' | '.' | '-');
        let marks = name.split(|c| !is_mark(c)).map(|marks| marks.chars().count()).max().unwrap_or_default();
        let well_formed = (2..=32).contains(&name.chars().count())
            && name.chars().all(is_letter)
            && name.chars().next().is_some_and(|c| c.is_alphanumeric() && !is_mark(c))
            && marks <= MOST_MARKS
            && name.nfkc().eq(name.chars());
        if well_formed { Ok(Self(name)) } else { Err(UsernameInvalid) }
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
    fn usernames_are_written_in_every_script_and_read_in_one_spelling() {
        for (typed, name) in [
            ("हिन्दी", "हिन्दी"),
            ("தமிழ்", "தமிழ்"),
            ("Ju\u{308}rgen\n", "Jürgen"),
            ("\u{200e}ａｄａ９", "ada9"),
            ("ｶﾞｲﾄﾞ", "ガイド"),
        ] {
            assert_eq!(Username::parse(typed).as_ref().map(Username::as_str), Ok(name), "{typed:?}");
        }
        assert!(Username::parse(&format!("x{}b", "\u{301}".repeat(4))).is_err());
    }

    #[test]
    fn what_is_an_address_or_could_be_written_otherwise_is_refused() {
        let long = "a".repeat(33);
        for wrong in ["", "a", "a@b", "a b", "_ada", "ada\u{0}", "ﬁona", "ada/../x", "a\u{200d}b", "\u{94d}ab", &long]
        {
            assert!(Username::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
