//! Passkeys: what they are bound to, and where people look after them.

use super::origins::as_browsers_write;
use super::reader::{ConfigError, Reader, page_address};
use super::{Browsers, PASSKEY_ENROLL_URL, PASSKEY_MANAGE_URL, PASSKEY_ORIGINS, PASSKEY_RP_ID, PublicUrl, listed};
use crate::webauthn::RelyingParty;

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

impl Passkeys {
    /// Reads the four variables. Where they are empty, passkeys are bound to the host of `PUBLIC_URL`, and the pages are
    /// those that may use cookies.
    pub(super) fn read(read: &Reader<'_>, public_url: &PublicUrl, browsers: &Browsers) -> Result<Self, ConfigError> {
        let id = read.optional(PASSKEY_RP_ID, "a domain in lower case, such as example.com", domain)?;
        let origins = read.optional(
            PASSKEY_ORIGINS,
            "origins in full, or android:apk-key-hash: and a digest, separated by commas",
            |text| listed(text).map(origin).collect::<Option<Vec<String>>>(),
        )?;
        let pages = || [public_url].into_iter().chain(&browsers.origins).map(as_browsers_write).collect();
        let address = |name| read.optional(name, "an https:// address of a page", page_address);
        Ok(Self {
            relying_party: RelyingParty {
                id: id.unwrap_or_else(|| public_url.host().to_ascii_lowercase()),
                origins: origins.unwrap_or_else(pages),
            },
            enroll_url: address(PASSKEY_ENROLL_URL)?,
            manage_url: address(PASSKEY_MANAGE_URL)?,
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

    use super::super::Config;

    fn relying_party(changes: &[(&str, &str)]) -> Result<(String, Vec<String>), String> {
        let base = [
            ("PUBLIC_URL", "https://id.example.com"),
            ("MAIL_FROM", "no-reply@example.com"),
            ("MAIN_TABLE", "main"),
            ("EPHEMERAL_TABLE", "ephemeral"),
            ("SECRETS_PREFIX", "example"),
        ];
        let values: BTreeMap<String, String> =
            base.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let party = Config::from_variables(&values).map_err(|error| error.to_string())?.passkeys.relying_party;
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
