//! The language of a profile: a language tag (BCP 47), well formed and in its usual case.
//!
//! Read as a Unicode locale identifier (UTS 35), as browsers do. Three forms of RFC 5646 are no such identifiers and are
//! read here: private use alone (`x-pirate`), extended languages (`zh-yue`), and the tags that were registered before
//! there was a grammar (`i-klingon`). Which subtags are registered does not matter, since the registry grows.

use icu_locale_core::Locale;

/// In characters: longer than any tag that names a language and how its text is sorted, counted and written.
const LONGEST: usize = 64;

/// The `irregular` ones of RFC 5646, section 2.1: a list that is closed for ever.
const IRREGULAR: [&str; 17] = [
    "en-GB-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-BE-FR",
    "sgn-BE-NL",
    "sgn-CH-DE",
];

/// The usual form of a language tag, if this is one.
pub(super) fn locale(typed: &str) -> Result<String, &'static str> {
    let usual = Some(typed).filter(|typed| typed.len() <= LONGEST).and_then(usual_form);
    usual.ok_or("This is no language tag, such as de or pt-BR.")
}

fn usual_form(typed: &str) -> Option<String> {
    if let Some(tag) = IRREGULAR.into_iter().find(|tag| tag.eq_ignore_ascii_case(typed)) {
        return Some(tag.to_owned());
    }
    let (language, rest) = typed.split_at(typed.find('-').unwrap_or(typed.len()));
    if language.eq_ignore_ascii_case("x") {
        let no_language = "und-";
        let tag = Locale::try_from_str(&format!("{no_language}{typed}")).ok()?.to_string();
        return tag.strip_prefix(no_language).map(str::to_owned);
    }
    let is_extended = |subtag: &&str| subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let extended = rest.split('-').skip(1).take(3).take_while(is_extended).count();
    let (extended, rest) = rest.split_at_checked(extended * "-yue".len())?;
    let tag = Locale::try_from_str(&format!("{language}{rest}")).ok()?.to_string();
    Some(format!("{}{}{}", tag.get(..language.len())?, extended.to_ascii_lowercase(), tag.get(language.len()..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_put_in_their_usual_form() {
        for (typed, usual) in [
            ("de", "de"),
            ("DE", "de"),
            ("PT-br", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("AST", "ast"),
            ("und", "und"),
            ("de-ch-1996", "de-CH-1996"),
            ("sl-ROZAJ-biske", "sl-biske-rozaj"),
            ("de-DE-U-CO-phonebk", "de-DE-u-co-phonebk"),
            ("en-u-hc-h23-ca-gregory", "en-u-ca-gregory-hc-h23"),
            ("en-u-kn-true", "en-u-kn"),
            ("en-a-bbb-x-Mine", "en-a-bbb-x-mine"),
            // What UTS 35 does not know.
            ("x-Pirate", "x-pirate"),
            ("X-a-b", "x-a-b"),
            ("zh-YUE", "zh-yue"),
            ("zh-yue-hant-hk", "zh-yue-Hant-HK"),
            ("zh-min-nan", "zh-min-nan"),
            ("I-KLINGON", "i-klingon"),
            ("en-gb-OED", "en-GB-oed"),
            ("sgn-be-fr", "sgn-BE-FR"),
            ("art-lojban", "art-lojban"),
        ] {
            assert_eq!(locale(typed).as_deref(), Ok(usual), "{typed}");
            assert_eq!(locale(usual).as_deref(), Ok(usual), "{usual}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let long = format!("en-x{}", "-aaaaaaaa".repeat(30));
        for wrong in [
            "",
            "-",
            "e",
            "i",
            "x",
            "x-",
            "i-",
            "i-none",
            "-de",
            "de-",
            "de--DE",
            "de_DE",
            "en_GB.UTF-8",
            "de DE",
            "dé",
            "de-DÉ",
            "d\u{435}",
            "x-ninechars",
            "x-ä",
            "abcdefghi",
            "de-DE-DE",
            "de-Latn-Latn",
            "en-u",
            "en-x",
            "en-a",
            "zh-aaa-bbb-ccc-ddd",
            "zh-yue-é",
            "*",
            "en-*",
            "C",
            "english please",
            "de,en;q=0.5",
            &long,
        ] {
            assert!(locale(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn the_usual_form_is_read_again_unchanged(
            tag in "(x|i|zh|[a-zA-Z]{2,4})(-(yue|[a-zA-Z]{2,4}|[0-9]{3}|[a-z0-9]{4,9}|[a-z]|u-co|a-bcd|true|1996)){0,5}"
        ) {
            if let Ok(usual) = locale(&tag) {
                prop_assert_eq!(locale(&usual), Ok(usual));
            }
        }
    }
}
