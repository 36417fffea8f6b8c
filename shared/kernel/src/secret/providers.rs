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
    /// With Google, for signing in by it.
    #[serde(default)]
    pub google: Option<GoogleClient>,
    /// With Facebook.
    #[serde(default)]
    pub facebook: Option<FacebookClient>,
    /// With GitHub, or an Enterprise Server of it.
    #[serde(default)]
    pub github: Option<GitHubClient>,
    /// With any other issuer that speaks OpenID Connect.
    #[serde(default)]
    pub openid: Vec<OpenIdClient>,
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

/// A client at Google.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoogleClient {
    /// The id of the web client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretText,
    /// Ids of the same project's clients on telephones, whose tokens are taken, too.
    #[serde(default)]
    pub also_for: Vec<String>,
}

/// An app at Facebook.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FacebookClient {
    /// The id of the app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretText,
    /// Where people are sent, in place of `https://www.facebook.com`.
    #[serde(default)]
    pub url: Option<String>,
    /// Where the Graph API is, in place of `https://graph.facebook.com`.
    #[serde(default)]
    pub api_url: Option<String>,
}

/// An OAuth app at GitHub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitHubClient {
    /// The id of the app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretText,
    /// Where an Enterprise Server is, in place of `https://github.com`.
    #[serde(default)]
    pub url: Option<String>,
    /// Where its API is, in place of `https://api.github.com`.
    #[serde(default)]
    pub api_url: Option<String>,
    /// Domains whose mailboxes are given out to this server's people and to nobody else. `github.com` gives out none.
    #[serde(default)]
    pub authoritative_for: Vec<String>,
}

/// A client at an issuer of OpenID Connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIdClient {
    /// What stands in our paths: `/api/oauth/{name}/login`.
    pub name: String,
    /// What people read; the name if it is left out.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The issuer, exactly as its tokens name it.
    pub issuer: String,
    /// The client's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretText,
    /// Ids of further clients whose `id_token`s are taken.
    #[serde(default)]
    pub also_for: Vec<String>,
    /// Domains whose mailboxes the issuer itself gives out, so that it knows whose an address is today.
    #[serde(default)]
    pub authoritative_for: Vec<String>,
}

/// A text that `Debug` does not show.
#[derive(Debug, Clone)]
pub struct SecretText(SecretString);

impl SecretText {
    /// The text, for the request in which it is shown.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret().trim()
    }
}

impl From<SecretString> for SecretText {
    fn from(text: SecretString) -> Self {
        Self(text)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_number(deserializer).map(Self)
    }
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
            (r#"{"maxmind":{"account_id":123456,"license_key":"abc"},"zoetrope":{}}"#, Some("123456:abc")),
            (r#"{"maxmind":null}"#, None),
            ("{}", None),
        ] {
            let account = Providers::from_secret(json.as_bytes()).unwrap().maxmind;
            assert_eq!(account.map(|account| account.user_and_password()).as_deref(), pair, "{json}");
        }
        for wrong in [
            "",
            "7",
            r#"{"maxmind":{"account_id":"1"}}"#,
            r#"{"maxmind":{"account":"1","license_key":"2"}}"#,
            r#"{"google":{"client_id":"1"}}"#,
            r#"{"openid":[{"name":"acme","client_id":"1","client_secret":"2"}]}"#,
        ] {
            assert!(Providers::from_secret(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn debug_output_shows_no_key() {
        let json = r#"{"maxmind":{"account_id":123456,"license_key":"abcdef"},"github":{"client_id":"1","client_secret":"abcdef"}}"#;
        let shown = format!("{:?}", Providers::from_secret(json.as_bytes()).unwrap());
        assert!(!shown.contains("123456") && !shown.contains("abcdef"), "{shown}");
    }
}
