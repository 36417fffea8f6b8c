//! Mail addresses: what is accepted, and the form in which they are unique.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use latchkey_kernel::typed;

/// The longest address that SMTP carries, in bytes (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 254;
/// The longest local part, in bytes (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;

/// A mail address that mail can be sent to.
///
/// The mailbox that is proven must be the one that is claimed. So an address is refused when its normalised form
/// differs from what was typed by more than ASCII case and the ASCII form of its domain: a full-width letter or a
/// long s would be folded into somebody else's address. Local parts are 7-bit ASCII, since SES sends to nothing
/// else, and a dot-atom (RFC 5322, section 3.2.3): quoted ones, encoded words and routes exist mainly in attacks. A stored address is read as it
/// is: rules and tables may change, the mailbox was proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailAddress {
    original: String,
    local_part: String,
    domain: String,
}

/// Why an address is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailInvalid {
    /// Longer than mail can carry.
    #[error("An address has at most 254 characters.")]
    TooLong,
    /// Not `local-part@domain`, or with characters that mail does not carry.
    #[error("This is not a mail address that we can send to.")]
    Malformed,
}

impl EmailAddress {
    /// Reads an address as a user types it; white space and invisible characters around it do not count.
    pub fn parse(typed: &str) -> Result<Self, EmailInvalid> {
        let original = typed::trimmed(typed);
        if original.len() > LONGEST {
            return Err(EmailInvalid::TooLong);
        }
        let (local_part, domain) = original.split_once('@').ok_or(EmailInvalid::Malformed)?;
        if !is_dot_atom(local_part) || is_route_or_encoded(local_part) || local_part.len() > LONGEST_LOCAL_PART {
            return Err(EmailInvalid::Malformed);
        }
        let ascii = ascii_domain(domain).ok_or(EmailInvalid::Malformed)?;
        if local_part.len() + 1 + ascii.len() > LONGEST {
            return Err(EmailInvalid::TooLong);
        }
        Ok(Self { original: original.to_owned(), local_part: local_part.to_owned(), domain: ascii })
    }

    /// As the person typed it.
    pub fn as_str(&self) -> &str {
        &self.original
    }

    /// The form in which addresses are unique: lower case, domain in ASCII.
    pub fn normalised(&self) -> String {
        format!("{}@{}", self.local_part.to_ascii_lowercase(), self.domain)
    }

    /// Where mail goes: the local part as typed, since its host may tell cases apart; the domain in ASCII.
    pub fn deliverable(&self) -> String {
        format!("{}@{}", self.local_part, self.domain)
    }

    /// The part before the `@`.
    pub fn local_part(&self) -> &str {
        &self.local_part
    }
}

fn is_dot_atom(text: &str) -> bool {
    let is_atom_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte);
    text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_byte))
}

/// What some mail programs take for another address: encoded words (RFC 2047), which they decode wherever they stand, and
/// routes by way of this host to another (`ada%example.org` and `example.org!ada`; RFC 5321, section F.2).
fn is_route_or_encoded(local_part: &str) -> bool {
    local_part.contains(['%', '!']) || local_part.contains("=?") || local_part.contains("?=")
}

/// The domain in ASCII (UTS 46), if it is a plain domain name with at least two labels whose Unicode form is what
/// was typed.
fn ascii_domain(typed: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(typed.as_bytes(), idna::AsciiDenyList::STD3).ok()?.into_owned();
    let is_name = ascii.contains('.')
        && ascii.len() <= 253
        && ascii.split('.').all(is_label)
        && !ascii.rsplit('.').next()?.bytes().all(|byte| byte.is_ascii_digit());
    let typed_plainly = typed.to_lowercase().nfc().collect::<String>();
    let (unicode, _) = idna::domain_to_unicode(&ascii);
    (is_name && (typed_plainly == ascii || typed_plainly == unicode)).then_some(ascii)
}

/// A label of a host name (RFC 1123, section 2.1); its characters were checked before.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_the_form_of_the_domain_do_not_make_another_address() {
        for (typed, normalised) in [
            (" Ada@Example.COM ", "ada@example.com"),
            ("\u{feff}ada@example.com\u{200b}\t", "ada@example.com"),
            ("\u{202a}ada@example.com\u{202c}\r\n", "ada@example.com"),
            ("a?b=c@example.com", "a?b=c@example.com"),
            ("ada+news@example.com", "ada+news@example.com"),
            ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ] {
            assert_eq!(EmailAddress::parse(typed).unwrap().normalised(), normalised);
        }
        assert_eq!(EmailAddress::parse("Ada@BÜCHER.example").unwrap().deliverable(), "Ada@xn--bcher-kva.example");
    }

    #[test]
    fn what_could_be_another_mailbox_or_none_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.example.com", "b".repeat(300));
        for wrong in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@@example.com",
            "a@b@example.com",
            "ada＠example.com",
            "adaſ@example.com",
            "ädä@example.com",
            "ada@ｅxample.com",
            "ada@example",
            "ada@example..com",
            "ada@-example.com",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "ada@exam ple.com",
            "ada@example.com.",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada\u{0}@example.com",
            "\"ada\"@example.com",
            ".ada@example.com",
            "ada.@example.com",
            "a..da@example.com",
            "=?utf-8?q?ada?=@example.com",
            "x=?utf-8?b?YWRh@example.com",
            "ada?=@example.com",
            "ada%example.org@example.com",
            "example.org!ada@example.com",
            "ada\u{200b}@example.com",
            "ada@exam\u{ad}ple.com",
            &long_local,
            &long,
        ] {
            assert!(EmailAddress::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing_and_nothing_panics(text in "\\PC{0,40}", local in "[A-Za-z0-9+._-]{1,12}") {
            let _ = EmailAddress::parse(&text);
            if let Ok(address) = EmailAddress::parse(&format!("{local}@Example.com")) {
                let again = EmailAddress::parse(&address.normalised()).unwrap();
                prop_assert_eq!(again.normalised(), address.normalised());
            }
        }
    }
}
