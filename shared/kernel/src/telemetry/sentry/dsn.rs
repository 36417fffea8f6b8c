//! A DSN: where Sentry takes the reports of a project, and the key that names the project's sender.

use std::fmt;

use http::{HeaderValue, Uri};
use sentry_core::types;

use crate::outbound::is_secure;

/// `https://{key}@{host}/{project}`. The key lets reports in and nothing out, and many clients publish theirs; still no
/// log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Dsn {
    named: types::Dsn,
    endpoint: Uri,
}

impl Dsn {
    /// Reads a DSN. It must lead over TLS or to this machine, and hold no secret key, which
    /// Sentry no longer asks for.
    pub fn parse(text: &str) -> Option<Self> {
        let named: types::Dsn = text.parse().ok()?;
        let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !word(named.public_key()) || !word(&named.project_id().to_string()) || named.secret_key().is_some() {
            return None;
        }
        let endpoint: Uri = named.envelope_api_url().as_str().parse().ok()?;
        is_secure(&endpoint).then_some(Self { named, endpoint })
    }

    /// The same, as Sentry's client takes it.
    pub(super) fn named(&self) -> &types::Dsn {
        &self.named
    }

    /// Where envelopes are posted.
    pub(super) fn endpoint(&self) -> &Uri {
        &self.endpoint
    }

    /// What shows that a report may come in: the value of `X-Sentry-Auth`, for a sender of this name.
    pub(super) fn key(&self, client: &str) -> HeaderValue {
        let mut value = HeaderValue::try_from(self.named.to_auth(Some(client)).to_string())
            .unwrap_or_else(|_| HeaderValue::from_static("Sentry"));
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for Dsn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Dsn")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dsn_names_an_endpoint_and_a_key() {
        for (text, endpoint) in [
            ("https://abc123@o1.ingest.sentry.io/42", "https://o1.ingest.sentry.io/api/42/envelope/"),
            (
                "https://abc123@errors.example.com:9000/sentry/42/",
                "https://errors.example.com:9000/sentry/api/42/envelope/",
            ),
            ("http://abc123@localhost:9000/1", "http://localhost:9000/api/1/envelope/"),
        ] {
            let dsn = Dsn::parse(text).unwrap();
            assert_eq!(dsn.endpoint().to_string(), endpoint);
            let key = dsn.key("us/1");
            let text = key.to_str().unwrap();
            assert!(text.starts_with("Sentry sentry_key=abc123, sentry_version=7, "), "{text}");
            assert!(text.ends_with(", sentry_client=us/1"), "{text}");
            assert!(!format!("{key:?}").contains("abc123"));
            assert!(!format!("{dsn:?}").contains("abc123"));
        }
    }

    #[test]
    fn what_is_no_dsn_is_refused() {
        for text in [
            "",
            "https://o1.ingest.sentry.io/42",
            "http://abc@o1.ingest.sentry.io/42",
            "https://abc:secret@o1.ingest.sentry.io/42",
            "https://@o1.ingest.sentry.io/42",
            "https://abc@o1.ingest.sentry.io/",
            "https://abc@o1.ingest.sentry.io",
            "https://abc@o1.ingest.sentry.io/4 2",
            "ftp://abc@example.com/1",
        ] {
            assert!(Dsn::parse(text).is_none(), "{text}");
        }
    }
}
