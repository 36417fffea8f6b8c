//! A DSN: where Sentry takes the reports of a project, and the key that names the project's sender.

use std::fmt;

use http::Uri;

use crate::outbound::is_secure;

/// `https://{key}@{host}/{project}`. The key lets reports in and nothing out, and many clients publish theirs; still it
/// is nobody's business.
#[derive(Clone, PartialEq, Eq)]
pub struct Dsn {
    /// Where envelopes are posted.
    pub(super) endpoint: Uri,
    /// The public key.
    pub(super) key: String,
}

impl Dsn {
    /// Reads a DSN.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (key, rest) = rest.split_once('@')?;
        let (host, path) = rest.split_once('/')?;
        let (folder, project) = path.trim_end_matches('/').rsplit_once('/').unwrap_or(("", path.trim_end_matches('/')));
        let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !word(key) || !word(project) {
            return None;
        }
        let folder = if folder.is_empty() { String::new() } else { format!("/{folder}") };
        let endpoint: Uri = format!("{scheme}://{host}{folder}/api/{project}/envelope/").parse().ok()?;
        is_secure(&endpoint).then(|| Self { endpoint, key: key.to_owned() })
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
            assert_eq!((dsn.endpoint.to_string().as_str(), dsn.key.as_str()), (endpoint, "abc123"));
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
