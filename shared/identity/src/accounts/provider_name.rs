//! What a provider is called in paths, items and answers.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A provider's name: 1 to 32 small letters, digits, `-` and `_`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "google")]
pub struct ProviderName(String);

impl ProviderName {
    /// Google.
    pub const GOOGLE: &'static str = "google";
    /// GitHub.
    pub const GITHUB: &'static str = "github";
    /// Facebook.
    pub const FACEBOOK: &'static str = "facebook";

    /// Reads a name; none where it cannot be one. `accounts` is none: our own path has it.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let fits = begins && text.len() <= 32 && text.bytes().all(plain) && text != "accounts";
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name for people, where nobody said another one.
    pub fn display(&self) -> String {
        match self.as_str() {
            Self::GOOGLE => "Google".to_owned(),
            Self::GITHUB => "GitHub".to_owned(),
            Self::FACEBOOK => "Facebook".to_owned(),
            other => other.to_owned(),
        }
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_a_path_and_is_none_of_our_own() {
        for good in ["google", "acme-2", "a_b"] {
            assert!(ProviderName::parse(good).is_some(), "{good}");
        }
        for wrong in ["", "Google", "2go", "a/b", "a b", "é", "accounts", &"a".repeat(33)] {
            assert!(ProviderName::parse(wrong).is_none(), "{wrong}");
        }
    }
}
