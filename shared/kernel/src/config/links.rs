//! Where the operator's own pages are, and who answers questions: shown on pages, in mails and in the discovery document.

use super::{ConfigError, Configured, ReadBy, SectionShape, Values, Variable};
use crate::config::looks::web_address;
use crate::section;

section! {
    /// The operator's application and support.
    LINKS: "links", ReadBy::Only(&["pages", "mailer"]), also [];
    APP_URL = Some(""), LONGEST_URL, "The https URL of the application that the accounts are for: pages and mails link to it. Empty: no link.";
    SUPPORT_EMAIL = Some(""), LONGEST_ADDRESS, "The email address of the support: shown on pages and in mails, and the Reply-To of every mail. Empty: none.";
}

section! {
    /// The operator's policies.
    POLICIES: "policies", ReadBy::Only(&["auth", "pages", "front", "mailer"]), also [];
    PRIVACY_URL = Some(""), LONGEST_URL, "The https URL of the privacy policy, for pages, mails and the discovery document. Empty: none.";
    TERMS_URL = Some(""), LONGEST_URL, "The https URL of the terms of service, for the same. Empty: none.";
}

/// The longest URL, in bytes: a function's environment has little room.
const LONGEST_URL: usize = 200;
/// The longest email address that SMTP carries, in bytes (RFC 5321, section 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// What pages and mails link to besides their own subject. All of it is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The application that the accounts are for.
    pub app: Option<String>,
    /// The email address of the support, which is also the `Reply-To` of every mail.
    pub support: Option<String>,
}

/// What an operator says of data and use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// The privacy policy.
    pub privacy: Option<String>,
    /// The terms of service.
    pub terms: Option<String>,
}

impl Configured for Links {
    const SHAPE: SectionShape = LINKS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let address = "an email address alone, without a name";
        Ok(Self { app: link(read, &APP_URL)?, support: read.optional(&SUPPORT_EMAIL, address, email_address)? })
    }
}

impl Configured for Policies {
    const SHAPE: SectionShape = POLICIES;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { privacy: link(read, &PRIVACY_URL)?, terms: link(read, &TERMS_URL)? })
    }
}

fn link(read: &Values<'_>, variable: &Variable) -> Result<Option<String>, ConfigError> {
    read.optional(variable, "an https:// URL of at most 200 characters", url)
}

fn url(text: &str) -> Option<String> {
    web_address(text).filter(|_| text.len() <= LONGEST_URL).map(|_| text.to_owned())
}

/// An email address that a `Reply-To` header and a page can show as it is. SES takes ASCII alone.
fn email_address(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>()[]\\,;:?&%".contains(&byte));
    let whole = !local.is_empty() && !domain.is_empty() && !domain.contains('@') && text.len() <= LONGEST_ADDRESS;
    (plain && whole).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_an_https_url_or_one_of_the_own_machine() {
        for good in ["https://acme.example", "https://acme.example/privacy?lang=en#top", "http://localhost:3000/"] {
            assert_eq!(url(good).as_deref(), Some(good));
        }
        let long = format!("https://acme.example/{}", "a".repeat(200));
        for odd in [
            "http://acme.example/",
            "javascript:alert(1)",
            "acme.example",
            "//acme.example",
            "https://user@acme.example/",
            "https://acme.example/a b",
            "https://acme.example/\"><script>",
            &long,
        ] {
            assert_eq!(url(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_support_has_a_bare_email_address() {
        assert_eq!(email_address("help+latchkey@acme.example").as_deref(), Some("help+latchkey@acme.example"));
        for odd in [
            "help",
            "@acme.example",
            "help@",
            "a@b@acme.example",
            "Help <help@acme.example>",
            "help@acme.example, other@acme.example",
            "help@acme.example\r\nBcc: eve@example.com",
            "help@acme.example?subject=x",
            "hilfe@bücher.example",
        ] {
            assert_eq!(email_address(odd), None, "{odd}");
        }
    }
}
