//! `providers`: what the owner holds with other services. It may be absent, as a whole or in part: what is not
//! configured is not used.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};

use super::FromSecret;

/// The owner's accounts with other services. Parts that this version does not know are left for the one that does.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Providers {
    /// With MaxMind, for the database of places.
    #[serde(default)]
    pub maxmind: Option<MaxMindAccount>,
}

/// An account with MaxMind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxMindAccount {
    #[serde(deserialize_with = "text_or_number")]
    account_id: SecretString,
    #[serde(deserialize_with = "text_or_number")]
    license_key: SecretString,
}

impl FromSecret for Providers {
    const NAME: &'static str = "providers";

    fn from_secret(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

impl MaxMindAccount {
    /// The two as HTTP's basic authentication joins them.
    pub(crate) fn user_and_password(&self) -> String {
        format!("{}:{}", self.account_id.expose_secret().trim(), self.license_key.expose_secret().trim())
    }
}

/// MaxMind's account ids look like numbers, and are written as such.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u64),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => text.into(),
        Either::Number(number) => number.to_string().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_optional_and_an_account_is_whole() {
        for (json, pair) in [
            (r#"{"maxmind":{"account_id":"123456","license_key":"abc\n"}}"#, Some("123456:abc")),
            (r#"{"maxmind":{"account_id":123456,"license_key":"abc"},"google":{}}"#, Some("123456:abc")),
            (r#"{"maxmind":null}"#, None),
            ("{}", None),
        ] {
            let account = Providers::from_secret(json.as_bytes()).unwrap().maxmind;
            assert_eq!(account.map(|account| account.user_and_password()).as_deref(), pair, "{json}");
        }
        for wrong in ["", "7", r#"{"maxmind":{"account_id":"1"}}"#, r#"{"maxmind":{"account":"1","license_key":"2"}}"#]
        {
            assert!(Providers::from_secret(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn debug_output_shows_no_key() {
        let json = r#"{"maxmind":{"account_id":123456,"license_key":"abcdef"}}"#;
        let shown = format!("{:?}", Providers::from_secret(json.as_bytes()).unwrap());
        assert!(!shown.contains("123456") && !shown.contains("abcdef"), "{shown}");
    }
}
