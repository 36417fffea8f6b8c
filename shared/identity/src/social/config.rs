//! What an operator sets of signing in by a provider: what was registered with whom, where people may be led back to, and
//! how often they may come.

use secrecy::SecretString;

use latchkey_kernel::config::{ConfigError, Configured, RATE_FACTOR, ReadBy, SectionShape, Values, Variable, listed};
use latchkey_kernel::http::rate::Limit;
use latchkey_kernel::outbound::is_secure;
use latchkey_kernel::section;

/// The sections of signing in by a provider.
pub const SECTIONS: &[SectionShape] = &[SOCIAL];

section! {
    /// Signing in by a provider.
    SOCIAL: "social", ReadBy::Only(&["social"]), also [RATE_FACTOR];
    SERVER_GOOGLE_CLIENT_ID = Some(""), 100, "The client that Google gave. Empty: none, or the one in the secret `providers`, which also holds other issuers.";
    SERVER_GOOGLE_CLIENT_SECRET = Some(""), 60, "Its secret. On AWS the secret `providers` is the better place.";
    SERVER_FACEBOOK_CLIENT_ID = Some(""), 40, "The app that Facebook gave. Empty: none, or the one in the secret `providers`.";
    SERVER_FACEBOOK_CLIENT_SECRET = Some(""), 60, "Its secret.";
    SERVER_GITHUB_CLIENT_ID = Some(""), 40, "The OAuth app that GitHub gave. Empty: none, or the one in the secret `providers`.";
    SERVER_GITHUB_CLIENT_SECRET = Some(""), 60, "Its secret.";
    FACEBOOK_GRAPH_VERSION = Some("v24.0"), 6, "The version of Facebook's Graph API.";
    OAUTH_REDIRECTS = Some(""), 180, "The pages that people may be led back to from a provider, addresses in full, separated by commas. Each is allowed as it stands.";
    OAUTH_DEFAULT_REDIRECT = Some(""), 80, "The page that people are led back to when none is asked for. Empty: one must be asked for.";
    RATE_SOCIAL = Some("5/min"), 10, "Sign-ins by a provider per address, and connections of one per person.";
}

/// What is configured of signing in by a provider. The secret `providers` may hold more, and more providers.
#[derive(Debug, Clone)]
pub struct Social {
    /// The client at Google.
    pub google: Option<ClientPair>,
    /// The client at Facebook.
    pub facebook: Option<ClientPair>,
    /// The client at GitHub.
    pub github: Option<ClientPair>,
    /// The version of Facebook's Graph API, such as `v24.0`.
    pub graph_version: String,
    /// Where people may be led back to.
    pub redirects: Redirects,
    /// Sign-ins by a provider per address, and connections of one per user.
    pub limit: Limit,
}

/// An id and a secret that a provider gave.
#[derive(Debug, Clone)]
pub struct ClientPair {
    /// The client's id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// The pages that a person may be led back to after a visit to a provider.
///
/// An address is one of them or it is not: comparing parts of addresses is how redirects are opened.
#[derive(Debug, Clone)]
pub struct Redirects {
    allowed: Vec<String>,
    default: Option<String>,
}

impl Configured for Social {
    const SHAPE: SectionShape = SOCIAL;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let page = "addresses in full without a fragment, https:// (http:// for localhost), separated by commas";
        let version = |text: &str| {
            let (major, minor) = text.strip_prefix('v')?.split_once('.')?;
            let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            (is_number(major) && is_number(minor)).then(|| text.to_owned())
        };
        Ok(Self {
            google: pair(read, &SERVER_GOOGLE_CLIENT_ID, &SERVER_GOOGLE_CLIENT_SECRET)?,
            facebook: pair(read, &SERVER_FACEBOOK_CLIENT_ID, &SERVER_FACEBOOK_CLIENT_SECRET)?,
            github: pair(read, &SERVER_GITHUB_CLIENT_ID, &SERVER_GITHUB_CLIENT_SECRET)?,
            graph_version: read.parsed(&FACEBOOK_GRAPH_VERSION, "a version such as v24.0", version)?,
            redirects: Redirects {
                allowed: read.parsed(&OAUTH_REDIRECTS, page, |text| listed(text).map(redirect).collect())?,
                default: read.optional(&OAUTH_DEFAULT_REDIRECT, page, redirect)?,
            },
            limit: read.limit("social", &RATE_SOCIAL)?,
        })
    }
}

/// Both or none: half of a pair is a mistake that would show only when somebody signs in.
fn pair(read: &Values<'_>, id: &Variable, secret: &Variable) -> Result<Option<ClientPair>, ConfigError> {
    match (read.filled(id)?, read.filled(secret)?) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(ConfigError::Missing(id.name)),
        (Some(_), None) => Err(ConfigError::Missing(secret.name)),
        (Some(id), Some(secret)) => Ok(Some(ClientPair { id, secret: secret.into() })),
    }
}

/// An address that a browser can be sent to with our parameters at its end.
fn redirect(text: &str) -> Option<String> {
    let uri: http::Uri = text.parse().ok()?;
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'"' | b'<' | b'>'));
    let to_a_page = uri.authority().is_some_and(|host| !host.as_str().contains('@'));
    (plain && to_a_page && is_secure(&uri)).then(|| text.to_owned())
}

impl Redirects {
    /// Where a person who asks to be led there is led; none if it is not allowed.
    pub fn choose(&self, asked: Option<&str>) -> Option<&str> {
        let default = self.default.as_deref();
        match asked {
            None => default,
            Some(asked) => self.allowed.iter().map(String::as_str).chain(default).find(|known| *known == asked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_an_address_that_a_browser_can_be_sent_to() {
        for good in ["https://app.example.com", "https://app.example.com/welcome?x=1", "http://localhost:5173/back"] {
            assert!(redirect(good).is_some(), "{good}");
        }
        for wrong in [
            "//evil.example",
            "/welcome",
            "https:evil.example",
            "https://user@app.example.com/",
            "https://app.example.com/#x",
            "https://app.example.com/\\x",
            "http://app.example.com/",
            "javascript:alert(1)",
            "https://app.example.com/ x",
        ] {
            assert!(redirect(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_allowed_as_it_stands_or_not_at_all() {
        let redirects = Redirects {
            allowed: vec!["https://a.example/in".to_owned()],
            default: Some("https://d.example/".to_owned()),
        };
        assert_eq!(redirects.choose(None), Some("https://d.example/"));
        assert_eq!(redirects.choose(Some("https://a.example/in")), Some("https://a.example/in"));
        for other in
            ["https://a.example/in/", "https://a.example/in?x", "https://A.example/in", "https://d.example", ""]
        {
            assert_eq!(redirects.choose(Some(other)), None, "{other}");
        }
    }
}
