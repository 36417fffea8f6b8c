//! What an operator sets of second factors: who must have one, what passkeys are bound to, and how often may be guessed.

use super::Required;
use crate::webauthn::RelyingParty;
use latchkey_kernel::config::{
    ALLOWED_ORIGINS, Browsers, ConfigError, Configured, PUBLIC_URL, PublicUrl, RATE_FACTOR, ReadBy, SectionShape,
    Values, as_browsers_write, listed, page_address,
};
use latchkey_kernel::http::rate::{Limit, Rate};
use latchkey_kernel::section;

/// The sections of second factors.
pub const SECTIONS: &[SectionShape] = &[MFA, PASSKEYS, FACTOR_GUESSES];

section! {
    /// Who must have a second factor.
    MFA: "mfa", ReadBy::Only(&["auth", "social", "front", "exporter"]), also [];
    MFA_REQUIRED = Some("nobody"), 9, "Who must have a second factor: `nobody`, `staff` or `everybody`.";
}

section! {
    /// What passkeys are bound to.
    PASSKEYS: "passkeys", ReadBy::Only(&["auth", "account"]), also [PUBLIC_URL, ALLOWED_ORIGINS];
    PASSKEY_RP_ID = Some(""), 60, "The domain that passkeys are bound to, such as example.com: that of the pages that use them, or one above it. Who changes it loses all passkeys. Empty: the host of PUBLIC_URL.";
    PASSKEY_ORIGINS = Some(""), 120, "Origins that may use passkeys, separated by commas, such as https://app.example.com, or an Android app's android:apk-key-hash:{digest}. Empty: PUBLIC_URL and ALLOWED_ORIGINS.";
    PASSKEY_ENROLL_URL = Some(""), 80, "The https address of the page on which people enrol a passkey, for /.well-known/passkey-endpoints. Empty: none.";
    PASSKEY_MANAGE_URL = Some(""), 80, "The https address of the page on which people look after their passkeys, for the same. Empty: none.";
}

section! {
    /// Limits on failed second factors.
    FACTOR_GUESSES: "factor guesses", ReadBy::Only(&["auth", "account"]), also [RATE_FACTOR];
    RATE_MFA = Some("10/15min"), 10, "Failures at a second factor per account, over all factors and sign-ins, before all of them must wait; three times as many in 12 such spans must wait longer.";
}

/// Who must have a second factor.
#[derive(Debug, Clone, Copy)]
pub struct Mfa {
    /// Of whom it is required.
    pub required: Required,
}

/// What an owner decides about passkeys.
#[derive(Debug, Clone)]
pub struct Passkeys {
    /// What they are bound to, and the pages that may use them.
    pub relying_party: RelyingParty,
    /// The page on which people enrol one.
    pub enroll_url: Option<String>,
    /// The page on which people look after theirs.
    pub manage_url: Option<String>,
}

/// Limits on failed second factors.
#[derive(Debug, Clone, Copy)]
pub struct FactorGuesses {
    /// Failures per account: two limits of growing length.
    pub limits: [Limit; 2],
}

impl Configured for Mfa {
    const SHAPE: SectionShape = MFA;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { required: read.parsed(&MFA_REQUIRED, "nobody, staff or everybody", Required::parse)? })
    }
}

impl Configured for FactorGuesses {
    const SHAPE: SectionShape = FACTOR_GUESSES;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { limits: growing_once(read.rate(&RATE_MFA)?) })
    }
}

/// 10 in a quarter of an hour, 30 in three. Who guesses at second factors has a password or a session already, so its
/// owner is told; a longer wait would be the owner's own.
fn growing_once(rate: Rate) -> [Limit; 2] {
    [Limit::new("mfa", rate), Limit::new("mfa_long", rate.over(3, 12))]
}

/// Where its variables are empty, passkeys are bound to the host of `PUBLIC_URL`, and the pages are those that may use
/// cookies.
impl Configured for Passkeys {
    const SHAPE: SectionShape = PASSKEYS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let (public_url, own_origins) = (PublicUrl::read(read)?, Browsers::origins(read)?);
        let id = read.optional(&PASSKEY_RP_ID, "a domain in lower case, such as example.com", domain)?;
        let origins = read.optional(
            &PASSKEY_ORIGINS,
            "origins in full, or android:apk-key-hash: and a digest, separated by commas",
            |text| listed(text).map(origin).collect::<Option<Vec<String>>>(),
        )?;
        let pages = || [&public_url].into_iter().chain(&own_origins).map(as_browsers_write).collect();
        let address = |variable| read.optional(variable, "an https:// address of a page", page_address);
        Ok(Self {
            relying_party: RelyingParty {
                id: id.unwrap_or_else(|| public_url.host().to_ascii_lowercase()),
                origins: origins.unwrap_or_else(pages),
            },
            enroll_url: address(&PASSKEY_ENROLL_URL)?,
            manage_url: address(&PASSKEY_MANAGE_URL)?,
        })
    }
}

fn domain(text: &str) -> Option<String> {
    let fits = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    // A bare address is no domain, and no browser takes it for one.
    let is_name = text.split('.').all(fits) && text.contains(|c: char| c.is_ascii_lowercase());
    is_name.then(|| text.to_owned())
}

/// An origin as it stands in what is signed: of a page, or of an Android app.
fn origin(text: &str) -> Option<String> {
    match text.strip_prefix("android:apk-key-hash:") {
        Some(digest) => (!digest.is_empty() && digest.is_ascii()).then(|| text.to_owned()),
        None => PublicUrl::parse(text).filter(|url| !url.host().contains('*')).as_ref().map(as_browsers_write),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Passkeys;
    use latchkey_kernel::config::{Process, Section, Source};

    fn relying_party(changes: &[(&str, &str)]) -> Result<(String, Vec<String>), String> {
        let base = [("PUBLIC_URL", "https://id.example.com")];
        let values: BTreeMap<String, String> =
            base.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let read: Result<Section<Passkeys>, _> = Source::new(Process::Tool, &values).section();
        let party = read.map_err(|error| error.to_string())?.relying_party.clone();
        Ok((party.id, party.origins))
    }

    #[test]
    fn what_is_not_said_follows_from_the_public_url() {
        let own = "https://id.example.com".to_owned();
        assert_eq!(relying_party(&[]).unwrap(), ("id.example.com".to_owned(), vec![own.clone()]));
        let local = relying_party(&[("PUBLIC_URL", "http://localhost:8000")]).unwrap();
        assert_eq!(local, ("localhost".to_owned(), vec!["http://localhost:8000".to_owned()]));
        let pages = [("PUBLIC_URL", "https://Id.example.com:443"), ("ALLOWED_ORIGINS", "https://app.example.com")];
        assert_eq!(relying_party(&pages).unwrap().1, [own, "https://app.example.com".to_owned()]);
    }

    #[test]
    fn what_is_said_is_taken_as_it_stands() {
        let app = "android:apk-key-hash:AAAA";
        let said = [
            ("PASSKEY_RP_ID", "example.com"),
            ("PASSKEY_ORIGINS", "https://Example.com:443, android:apk-key-hash:AAAA"),
        ];
        let (id, origins) = relying_party(&said).unwrap();
        assert_eq!((id.as_str(), origins), ("example.com", vec!["https://example.com".to_owned(), app.to_owned()]));
    }

    #[test]
    fn what_no_browser_would_take_stops_the_process() {
        for (name, value) in [
            ("PASSKEY_RP_ID", "https://example.com"),
            ("PASSKEY_RP_ID", "example.com:443"),
            ("PASSKEY_RP_ID", "Example.com"),
            ("PASSKEY_RP_ID", "192.0.2.1"),
            ("PASSKEY_ORIGINS", "example.com"),
            ("PASSKEY_ORIGINS", "https://*.example.com"),
            ("PASSKEY_ORIGINS", "http://example.com"),
            ("PASSKEY_ORIGINS", "android:apk-key-hash:"),
            ("PASSKEY_ENROLL_URL", "http://example.com/passkeys"),
            ("PASSKEY_MANAGE_URL", "/passkeys"),
        ] {
            assert!(relying_party(&[(name, value)]).unwrap_err().starts_with(name), "{name} {value}");
        }
    }
}
