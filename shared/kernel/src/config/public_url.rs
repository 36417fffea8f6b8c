//! Where the API is reached: the one source of every link and of the tokens' issuer.

/// Where the API is reached: scheme, host and perhaps a port, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: String,
    authority: String,
}

impl PublicUrl {
    /// Reads `https://` and a host, perhaps with a port; `http://` only for the own machine. None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: http::Uri = text.trim_end_matches('/').parse().ok()?;
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
        let local = matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]");
        let bare =
            uri.path().trim_end_matches('/').is_empty() && uri.query().is_none() && !authority.as_str().contains('@');
        let secure = scheme == "https" || (scheme == "http" && local);
        let port = authority.as_str().strip_prefix(authority.host());
        let possible = port == Some("") || authority.port_u16().is_some();
        (bare && secure && possible).then(|| Self { scheme: scheme.to_owned(), authority: authority.to_string() })
    }

    /// Reads where this API is reached: `https://` and a host, or exactly `http://localhost`, perhaps with a port. Cookies of
    /// other hosts without TLS are guarded by nothing, and `127.0.0.1` is another site than `localhost`.
    pub(crate) fn parse_own(text: &str) -> Option<Self> {
        Self::parse(text).filter(|url| url.is_secure() || url.host() == "localhost")
    }

    /// Whether it is reached by TLS.
    pub fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// The host, without a port.
    pub fn host(&self) -> &str {
        let (host, port) = self.authority.rsplit_once(':').unwrap_or((&self.authority, ""));
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { &self.authority }
    }

    /// `https` (or `http` on the own machine).
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Host and, where it is not the scheme's own, port.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.authority)
    }
}
