//! Who a person is to a provider, as far as it says so and can be believed.

use serde::{Deserialize, Serialize};

use crate::accounts::{EmailAddress, Name, ProviderName};
use latchkey_kernel::secret::mac_text;

/// The longest subject (OpenID Connect Core, section 2), in characters.
const LONGEST_SUBJECT: usize = 255;
/// The longest address of a picture or a page that is kept.
const LONGEST_ADDRESS: usize = 1024;

/// A person's account with a provider. Issuer and subject are who it is; everything else may change, and is the
/// provider's word.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Identity {
    /// The provider.
    pub(super) provider: ProviderName,
    /// Who issues the subject.
    pub(super) issuer: String,
    /// The person there.
    pub(super) subject: Subject,
    /// The mail address, if one is told that we can send to.
    pub(super) email: Option<VouchedEmail>,
    /// The name for people.
    pub(super) name: Option<String>,
    /// The name by which the provider shows the user to everybody. Of the others one cannot know that they are public.
    #[serde(default)]
    pub(super) handle: Option<String>,
    /// A picture.
    pub(super) avatar_url: Option<String>,
    /// The page of the person.
    pub(super) profile_url: Option<String>,
}

/// A person's id at an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Subject(String);

/// A mail address with what it is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VouchedEmail {
    /// The address.
    pub(super) address: EmailAddress,
    /// What the provider knows of it.
    pub(super) standing: Standing,
}

/// What a provider knows of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    /// It is told, and nobody says whether anything was mailed there.
    Claimed,
    /// The person showed once that it was.
    Verified,
    /// It is the person's, and nobody else could tell the provider so.
    Authoritative,
}

impl Identity {
    /// Somebody of whom nothing is known but the id.
    pub(super) fn bare(provider: &ProviderName, issuer: &str, subject: Subject) -> Self {
        Self {
            provider: provider.clone(),
            issuer: issuer.to_owned(),
            subject,
            email: None,
            name: None,
            handle: None,
            avatar_url: None,
            profile_url: None,
        }
    }

    /// What stands for issuer and subject in the key of their claim.
    pub(super) fn mac(&self, lookup_key: &[u8; 32]) -> String {
        mac_text(lookup_key, &[b"social/v1", self.issuer.as_bytes(), self.subject.as_str().as_bytes()])
    }

    /// The name, if there is one that says something once it is cleaned.
    pub(super) fn named(mut self, names: &[Option<&str>]) -> Self {
        self.name = names.iter().flatten().find_map(|name| Name::cleaned(name)).map(|name| name.as_str().to_owned());
        self
    }
}

impl Subject {
    /// Reads a subject. Empty ones, zeros and nulls are what a provider's fault looks like, and would make one person of
    /// everybody who meets it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let says_something = !["0", "null", "undefined", "None"].contains(&text) && !text.trim().is_empty();
        (plain && says_something && text.len() <= LONGEST_SUBJECT).then(|| Self(text.to_owned()))
    }

    /// The subject.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl VouchedEmail {
    /// Reads an address that a provider tells; none where we could not send to it.
    pub(super) fn parse(text: &str, standing: Standing) -> Option<Self> {
        Some(Self { address: EmailAddress::parse(text).ok()?, standing })
    }
}

/// The address of a picture or a page, if it is one that browsers may open.
pub(super) fn web_address(text: Option<&str>) -> Option<String> {
    let text = text.filter(|text| text.len() <= LONGEST_ADDRESS && text.bytes().all(|byte| byte.is_ascii_graphic()))?;
    let uri: http::Uri = text.parse().ok()?;
    (uri.scheme_str() == Some("https") && uri.host().is_some()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_that_says_nothing_is_nobody() {
        for nobody in ["", " ", "0", "null", "undefined", "None", "a\nb", "é", &"1".repeat(256)] {
            assert!(Subject::parse(nobody).is_none(), "{nobody:?}");
        }
        assert_eq!(Subject::parse("auth0|5f7").unwrap().as_str(), "auth0|5f7");
    }

    #[test]
    fn one_subject_at_two_issuers_is_two_people() {
        let provider = ProviderName::parse("acme").unwrap();
        let subject = || Subject::parse("42").unwrap();
        let mac = |issuer: &str| Identity::bare(&provider, issuer, subject()).mac(&[7; 32]);
        assert_ne!(mac("https://a.example"), mac("https://b.example"));
    }

    #[test]
    fn pictures_come_by_tls_or_not_at_all() {
        assert!(web_address(Some("https://a.example/p.png")).is_some());
        for wrong in ["http://a.example/p.png", "javascript:alert(1)", "//a.example", "https://a.example/ x", ""] {
            assert!(web_address(Some(wrong)).is_none(), "{wrong}");
        }
    }
}
