//! Takes out of a text whatever might be somebody's: a report leaves the owner's account for another company's.
//!
//! Causes are our own words around those of libraries, which may quote what they could not read. So what is quoted goes, and
//! of the rest each word that could be an address, a token, a key or a number of somebody's.

use std::net::IpAddr;

/// What stands in the place of what was taken out.
const REMOVED: &str = "[…]";
/// The longest word that is kept: longer ones are tokens and ids.
const LONGEST_WORD: usize = 32;
/// The longest text that is kept, in characters.
const LONGEST_TEXT: usize = 500;

/// The text without what might be somebody's.
pub(super) fn scrub(text: &str) -> String {
    let mut scrubbed = String::new();
    for (place, part) in text.split(['"', '`', '\'', '“', '”']).enumerate() {
        // Every second part stands in quotes; an apostrophe makes it lose more, never less.
        if place % 2 == 1 {
            scrubbed.push_str(REMOVED);
        } else {
            words(part, &mut scrubbed);
        }
    }
    scrubbed.chars().take(LONGEST_TEXT).collect()
}

fn words(part: &str, into: &mut String) {
    for word in part.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        into.push_str(if is_harmless(bare) { bare } else { REMOVED });
        if bare.len() < word.len() {
            into.push(' ');
        }
    }
}

fn is_harmless(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let digits = word.chars().filter(char::is_ascii_digit).count();
    // Also `fe80::1%eth0` and `[2001:db8::1]:443`.
    let like_ipv6 = word.matches(':').count() > 1 && bare.chars().take(4).all(|c| c.is_ascii_hexdigit() || c == ':');
    let is_address = bare.parse::<IpAddr>().is_ok() || like_ipv6 || word.contains('@') || word.contains("%40");
    word.len() <= LONGEST_WORD && word.is_ascii() && !is_address && digits < 6 && !bare.starts_with("lk")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn our_own_words_stay() {
        for text in [
            "the store is unavailable: no answer in time",
            "TransactWriteItems was refused: ValidationException",
            "step 3 of the transaction",
        ] {
            assert_eq!(scrub(text), text);
        }
    }

    #[test]
    fn what_might_be_somebodys_goes() {
        for (text, scrubbed) in [
            (
                "unreadable Account: invalid value: string \"ada@example.com\", expected x",
                "unreadable Account: invalid value: string […], expected x",
            ),
            ("mail to ada@example.com failed", "mail to […] failed"),
            (
                "from 203.0.113.9 and 2001:db8::1 and [2001:db8::1]:443 and fe80::1%eth0",
                "from […] and […] and […] and […]",
            ),
            ("row ACCOUNT#019caddd-b0c0-7000-8000-000000000000 / ACCOUNT", "row […] / ACCOUNT"),
            ("token lkr_AAAA and eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.x", "token […] and […]"),
            ("phone +491701234567", "phone […]"),
            ("called Müller", "called […]"),
        ] {
            assert_eq!(scrub(text), scrubbed);
        }
    }

    proptest! {
        #[test]
        fn no_mail_address_no_token_and_nothing_quoted_stays(
            before in "[a-z ]{0,20}",
            secret in "[A-Za-z0-9_-]{33,60}",
            local in "[a-z0-9.+]{1,12}",
        ) {
            let text = format!("{before} {local}@example.com {secret} \"{before}x{local}\"");
            let scrubbed = scrub(&text);
            prop_assert!(!scrubbed.contains(&secret) && !scrubbed.contains('@') && !scrubbed.contains('"'));
        }
    }
}
