//! Passwords on their way to a hash.

use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;

/// The most characters of a password.
const LONGEST: usize = 128;

/// A password as typed, in Unicode's composed form (NFC), so that the same keys give the same password on every
/// system (NIST SP 800-63B, section 3.1.1.2). Never shown, wiped from memory when dropped.
#[derive(Clone)]
pub struct Password(SecretString);

/// The text cannot be anybody's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordInvalid {
    /// Empty.
    #[error("A password is needed.")]
    Empty,
    /// Longer than any password may be. It is not shortened: two long ones must not be the same.
    #[error("A password has at most 128 characters.")]
    TooLong,
    /// With control characters, which no keyboard types.
    #[error("A password cannot hold control characters.")]
    ControlCharacter,
}

impl Password {
    /// Reads a password as typed. Blanks count, wherever they stand.
    pub fn parse(typed: &str) -> Result<Self, PasswordInvalid> {
        if typed.is_empty() {
            return Err(PasswordInvalid::Empty);
        }
        if typed.len() > LONGEST * 4 || typed.chars().count() > LONGEST {
            return Err(PasswordInvalid::TooLong);
        }
        if typed.contains(char::is_control) {
            return Err(PasswordInvalid::ControlCharacter);
        }
        Ok(Self(SecretString::from(typed.nfc().collect::<String>())))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_letters_are_the_same_password() {
        let composed = Password::parse("caf\u{e9} au lait").unwrap();
        let decomposed = Password::parse("cafe\u{301} au lait").unwrap();
        assert_eq!(composed.expose(), decomposed.expose());
    }

    #[test]
    fn what_nobody_can_type_is_refused() {
        assert_eq!(Password::parse("").err(), Some(PasswordInvalid::Empty));
        assert_eq!(Password::parse("a\u{0}b").err(), Some(PasswordInvalid::ControlCharacter));
        assert_eq!(Password::parse(&"x".repeat(10_000)).err(), Some(PasswordInvalid::TooLong));
        assert!(Password::parse(&"é".repeat(128)).is_ok());
    }
}
