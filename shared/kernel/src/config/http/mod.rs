//! Where the API is reached, who may call it, and how much.

pub mod cookies;
pub mod source;

use super::origins::{self, parse_origin};
use super::{ConfigError, Configured, PublicUrl, ReadBy, SectionShape, Values, listed};
use crate::rate::{Limit, MailboxLimits};
use crate::secret::Digest;
use crate::section;
use cookies::{Cookies, SameSite};
use source::{Network, Proxies};

section! {
    /// Where the API is reached.
    ADDRESS: "public url", ReadBy::ApiAnd(&["exporter"]), also [];
    PUBLIC_URL = None, 80, "Where the API is reached, such as https://id.example.com: issuer of tokens and host of every mailed link.";
}

section! {
    /// What browsers may do.
    BROWSERS: "browsers", ReadBy::Api, also [PUBLIC_URL];
    ALLOWED_ORIGINS = Some(""), 120, "Origins whose pages may call the API from a browser and use cookies, separated by commas, as browsers write them: https://app.example.com, without a path or a slash at the end. Pages of PUBLIC_URL always may.";
    COOKIE_SAME_SITE = Some("Lax"), 4, "`Lax`, or `None` for a front end on another site than PUBLIC_URL. At http://localhost it is always `Lax`.";
}

section! {
    /// Who may ask, how much, and whose word for a request's address is taken.
    CALLERS: "callers", ReadBy::Api, also [];
    TRUSTED_PROXIES = Some(""), 76, "Networks of the owner's own proxies (a CDN), such as 192.0.2.0/24, separated by commas: where a request comes from one of them and shows a key of TRUSTED_PROXY_KEYS, its `X-Forwarded-For` tells the address. Empty: none is believed.";
    TRUSTED_PROXY_KEYS = Some(""), 129, "SHA-256 digests (hexadecimal) of the keys that those proxies show in `X-Proxy-Key`, separated by commas: the networks of a CDN are also those of its other customers.";
    CLIENT_KEYS = Some(""), 129, "SHA-256 digests (hexadecimal) of the keys of trusted clients, separated by commas. With any set, `/api` answers 404 to who shows no such key in `X-Client-Key`. Empty: everybody may ask.";
    RATE_ANON = Some("5000/hour"), 10, "Everything that nobody known asks, per address (of IPv6: per /64 network).";
    RATE_USER = Some("5000/hour"), 10, "Everything that a person who is signed in asks, per person.";
    RATE_FACTOR = Some("1"), 7, "Every rate is multiplied by this whole number; for development only.";
}

section! {
    /// What strangers can have mailed to one email address.
    MAILBOXES: "mailboxes", ReadBy::Only(&["auth", "account", "social", "front"]), also [RATE_FACTOR];
    RATE_MAILBOX = Some("20/day"), 10, "All mails that strangers can have sent to one email address, over all routes; two fifths are for verification mails, the rest for codes of its account.";
}

/// What browsers may do that sign in with cookies.
#[derive(Debug, Clone)]
pub struct Browsers {
    /// Whose pages may ask, besides our own.
    pub origins: Vec<PublicUrl>,
    /// How the cookies are named and marked.
    pub cookies: Cookies,
}

/// Who may ask, how much, and whose word for a request's address is taken.
#[derive(Debug, Clone)]
pub struct Callers {
    /// The proxies that may tell a request's address.
    pub trusted_proxies: Proxies,
    /// The digests of the keys that clients must show; none where anybody may ask.
    pub client_keys: Vec<Digest>,
    /// Everything that nobody known asks, per address.
    pub anonymous: Limit,
    /// Everything that a person asks, per person.
    pub person: Limit,
}

impl Configured for PublicUrl {
    const SHAPE: SectionShape = ADDRESS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let own = "https:// and a host, without a path; or http://localhost, perhaps with a port, to develop";
        read.parsed(&PUBLIC_URL, own, Self::parse_own)
    }
}

impl Configured for Browsers {
    const SHAPE: SectionShape = BROWSERS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let secure = PublicUrl::read(read)?.is_secure();
        let same_site = read.parsed(&COOKIE_SAME_SITE, "Lax or None", SameSite::parse)?;
        Ok(Self {
            origins: Self::origins(read)?,
            cookies: if secure { Cookies::secure(same_site) } else { Cookies::of_localhost() },
        })
    }
}

impl Browsers {
    /// The origins, for another section that reads `ALLOWED_ORIGINS` as well.
    pub fn origins(read: &Values<'_>) -> Result<Vec<PublicUrl>, ConfigError> {
        read.parsed(&ALLOWED_ORIGINS, origins::EXPECTED, |text| listed(text).map(parse_origin).collect())
    }
}

impl Configured for Callers {
    const SHAPE: SectionShape = CALLERS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let digests = "SHA-256 digests of 64 hexadecimal digits, separated by commas";
        Ok(Self {
            trusted_proxies: trusted_proxies(read)?,
            client_keys: read.parsed(&CLIENT_KEYS, digests, |text| listed(text).map(Digest::from_hex).collect())?,
            anonymous: Limit::primary("anonymous", read.rate(&RATE_ANON)?),
            person: Limit::primary("person", read.rate(&RATE_USER)?),
        })
    }
}

impl Configured for MailboxLimits {
    const SHAPE: SectionShape = MAILBOXES;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self::new(read.rate(&RATE_MAILBOX)?))
    }
}

/// Networks without keys are refused: they would be believed by no request, and look as if they were.
fn trusted_proxies(read: &Values<'_>) -> Result<Proxies, ConfigError> {
    let networks: Vec<_> =
        read.parsed(&TRUSTED_PROXIES, "networks such as 192.0.2.0/24, separated by commas", |text| {
            listed(text).map(Network::parse).collect()
        })?;
    let keys = read.parsed(
        &TRUSTED_PROXY_KEYS,
        "SHA-256 digests of 64 hexadecimal digits, separated by commas, at least one where there are TRUSTED_PROXIES",
        |text| {
            let keys: Option<Vec<_>> = listed(text).map(Digest::from_hex).collect();
            keys.filter(|keys| networks.is_empty() || !keys.is_empty())
        },
    )?;
    Ok(Proxies { networks, keys })
}
