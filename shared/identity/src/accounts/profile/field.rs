//! The fields of a profile, and what may stand in each.

use http::Uri;
use jiff::tz::TimeZoneDatabase;

use super::locale::locale;
use latchkey_kernel::typed;

/// What a person may tell of themself. Each is one text, and each may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The telephone number, in international form.
    Phone,
    /// Where the person works, or for whom they act.
    Organisation,
    /// The postal address, on several lines.
    Address,
    /// The name of the person's bank.
    BankName,
    /// The number of the account there.
    BankAccount,
    /// Where a picture of the person is. It is never fetched from here.
    AvatarUrl,
    /// The language the person wants to read, as a language tag (BCP 47).
    Locale,
    /// Where the person's clock is, as the IANA database names it.
    TimeZone,
}

/// The text cannot stand in the field; what would fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FieldInvalid(&'static str);

impl Field {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Phone,
        Self::Organisation,
        Self::Address,
        Self::BankName,
        Self::BankAccount,
        Self::AvatarUrl,
        Self::Locale,
        Self::TimeZone,
    ];

    /// Its name on the wire and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Organisation => "organisation",
            Self::Address => "address",
            Self::BankName => "bank_name",
            Self::BankAccount => "bank_account",
            Self::AvatarUrl => "avatar_url",
            Self::Locale => "locale",
            Self::TimeZone => "time_zone",
        }
    }

    /// Reads a text for this field; white space and invisible characters around it do not count.
    pub fn parse(self, typed: &str) -> Result<String, FieldInvalid> {
        let typed = typed::trimmed(typed);
        match self {
            Self::Phone => phone(&typed::telephone(typed)),
            Self::Organisation => line(typed, 255).ok_or("This has 1 to 255 characters on one line."),
            Self::Address => lines(typed, 1000).ok_or("An address has 1 to 1000 characters."),
            Self::BankName => line(typed, 512).ok_or("This has 1 to 512 characters on one line."),
            Self::BankAccount => line(typed, 24).ok_or("This has 1 to 24 characters on one line."),
            Self::AvatarUrl => avatar_url(typed),
            Self::Locale => locale(typed),
            Self::TimeZone => time_zone(typed),
        }
        .map_err(FieldInvalid)
    }
}

/// The form in which telephone numbers are unique.
pub(super) fn digits_of(phone: &str) -> String {
    phone.replace(' ', "")
}

/// A plus and 7 to 15 digits (E.164), with single blanks between them where the person likes some.
fn phone(typed: &str) -> Result<String, &'static str> {
    let digits = typed.bytes().filter(u8::is_ascii_digit).count();
    let well_formed = typed.strip_prefix('+').is_some_and(|rest| {
        rest.split(' ').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()))
    });
    if well_formed && (7..=15).contains(&digits) && typed.len() <= 17 {
        Ok(typed.to_owned())
    } else {
        Err("A telephone number is a plus and 7 to 15 digits, with blanks at most 17 characters.")
    }
}

fn line(typed: &str, most: usize) -> Option<String> {
    lines(typed, most).filter(|text| !text.contains('\n'))
}

/// Text whose lines end in line feeds alone; no other control character, and no separator that only some programs
/// take for the end of a line.
fn lines(typed: &str, most: usize) -> Option<String> {
    let text = typed.replace("\r\n", "\n");
    let breaks = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}');
    let length = text.chars().take(most + 1).count();
    ((1..=most).contains(&length) && !text.contains(breaks)).then_some(text)
}

/// An `https` URL (RFC 3986) without a name and a password for somebody's server, and without a fragment.
fn avatar_url(typed: &str) -> Result<String, &'static str> {
    let of_urls = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte);
    let is_url = || {
        let uri: Uri = typed.parse().ok()?;
        let authority = uri.authority()?;
        let port = authority.as_str().strip_prefix(authority.host())?;
        let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
        (uri.scheme_str() == Some("https") && plain && (port.is_empty() || authority.port_u16().is_some()))
            .then_some(())
    };
    if typed.len() <= 2048 && typed.bytes().all(of_urls) && is_url().is_some() {
        Ok(typed.to_owned())
    } else {
        Err("This is no https:// URL of at most 2048 characters.")
    }
}

/// A name of the IANA database as it is compiled in: what the machine has installed must not decide.
fn time_zone(typed: &str) -> Result<String, &'static str> {
    let known = TimeZoneDatabase::bundled().get(typed).ok();
    match known.as_ref().and_then(|zone| zone.iana_name()) {
        Some(name) if !name.eq_ignore_ascii_case("Etc/Unknown") => Ok(name.to_owned()),
        _ => Err("This is no time zone, such as Europe/Berlin."),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_type_is_read() {
        for (field, typed, stored) in [
            (Field::Phone, " +49 170 1234567 ", "+49 170 1234567"),
            (Field::Phone, "\u{202a}+49\u{a0}170\u{2009}1234567\u{202c}", "+49 170 1234567"),
            (Field::Phone, "＋４９1701234567", "+491701234567"),
            (Field::Phone, "+1234567", "+1234567"),
            (Field::Phone, "+123456789012345", "+123456789012345"),
            (Field::Organisation, "Ådas Büro & Söhne", "Ådas Büro & Söhne"),
            (Field::Address, "1 Main St\r\nLondon", "1 Main St\nLondon"),
            (Field::BankAccount, "DE02 1203 0000 0000 2020", "DE02 1203 0000 0000 2020"),
            (Field::AvatarUrl, "https://img.example.com/a.png?s=80", "https://img.example.com/a.png?s=80"),
            (Field::AvatarUrl, "https://img.example.com:8443/", "https://img.example.com:8443/"),
            (Field::Locale, "PT-br", "pt-BR"),
            (Field::Locale, "zh-hant-tw", "zh-Hant-TW"),
            (Field::TimeZone, "europe/berlin", "Europe/Berlin"),
            (Field::TimeZone, "UTC", "UTC"),
        ] {
            assert_eq!(field.parse(typed).as_deref(), Ok(stored), "{}", field.name());
        }
    }

    #[test]
    fn what_is_something_else_is_refused() {
        let (long_line, long_url) = ("x".repeat(1001), format!("https://a.example/{}", "x".repeat(2048)));
        for field in Field::ALL {
            for wrong in ["", "   ", "a\u{0}b", "a\u{2028}b", "a\u{1b}[2J", &long_line, &long_url] {
                assert!(field.parse(wrong).is_err(), "{} {wrong:?}", field.name());
            }
        }
        for (field, wrong) in [
            (Field::Phone, "0170 1234567"),
            (Field::Phone, "+123456"),
            (Field::Phone, "+1234567890123456"),
            (Field::Phone, "+1 2 3 4 5 6 7 8 9 0"),
            (Field::Phone, "+49  1701234567"),
            (Field::Phone, "+ 491701234567"),
            (Field::Phone, "+49-170-1234567"),
            (Field::Phone, "++491701234567"),
            (Field::Organisation, "one\ntwo"),
            (Field::Address, "one\rtwo"),
            (Field::BankAccount, "DE02 1203 0000 0000 2020 51"),
            (Field::AvatarUrl, "http://img.example.com/a.png"),
            (Field::AvatarUrl, "https://"),
            (Field::AvatarUrl, "//img.example.com/a.png"),
            (Field::AvatarUrl, "javascript:alert(1)"),
            (Field::AvatarUrl, "https://user:secret@img.example.com/"),
            (Field::AvatarUrl, "https://img.example.com:99999/"),
            (Field::AvatarUrl, "https://img.example.com/#x"),
            (Field::AvatarUrl, "https://img.example.com/\"onerror=x"),
            (Field::AvatarUrl, "https://img.example.com/a b"),
            (Field::AvatarUrl, "data:image/png;base64,AAAA"),
            (Field::Locale, "english please"),
            (Field::Locale, "e"),
            (Field::Locale, "en_GB.UTF-8"),
            (Field::TimeZone, "CEST or so"),
            (Field::TimeZone, "+02:00"),
            (Field::TimeZone, "../../etc/passwd"),
            (Field::TimeZone, "Etc/Unknown"),
        ] {
            assert!(field.parse(wrong).is_err(), "{} {wrong:?}", field.name());
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_is_read_is_read_again_unchanged(text in "\\PC{0,80}") {
            for field in Field::ALL {
                if let Ok(stored) = field.parse(&text) {
                    prop_assert_eq!(field.parse(&stored), Ok(stored));
                }
            }
        }

        #[test]
        fn a_number_is_what_the_pattern_says(text in "\\+[0-9 ]{5,18}") {
            // `^\+(?:[0-9] ?){6,14}[0-9]$`, counted by hand.
            let bytes = text.as_bytes();
            let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
            let single = !text.contains("  ") && !text.starts_with("+ ") && !text.ends_with(' ');
            let expected = single && (7..=15).contains(&digits) && text.len() <= 17;
            prop_assert_eq!(phone(&text).is_ok(), expected, "{}", text);
        }
    }
}
