//! Removes personal data from a report, since it leaves the operator's AWS account for another company.
//!
//! Causes are our own words around those of libraries, which may quote what they could not read. So what is quoted goes,
//! and of the rest each word that could be an address, a token, a code, a number or a person's name. A name in lower case
//! looks like any other word, so the authors of errors must quote names.

use std::borrow::Cow;
use std::net::IpAddr;

use sentry_core::protocol::{Event, Exception, Map, Value};

/// What stands in the place of what was taken out.
const REMOVED: &str = "[…]";
/// The longest word that is kept: longer ones are tokens and ids.
const LONGEST_WORD: usize = 32;
/// The longest text that is kept, in characters.
const LONGEST_TEXT: usize = 500;
/// The most digits of a word that is kept: a status or a line, and no code, postcode or part of a number.
const DIGITS: usize = 3;
/// Words with a capital that are kept: what the errors of the standard library begin with.
const CAPITALISED: &[&str] = &[
    "Address",
    "Bad",
    "Broken",
    "Connection",
    "Host",
    "Input",
    "Invalid",
    "Network",
    "No",
    "Operation",
    "Permission",
    "Resource",
    "Too",
];

/// Scrubs texts, but for words that are the product's own.
pub(super) struct Scrubber {
    /// The names of the kinds of items, which errors of the store begin with.
    entities: Vec<&'static str>,
}

impl Scrubber {
    /// One that keeps the names of these kinds of items.
    pub(super) fn keeping(entities: Vec<&'static str>) -> Self {
        Self { entities }
    }

    /// The report with only what is meant to be reported, and its texts scrubbed. Tags and the place are our own words and
    /// ids, as [`super::fields`] and [`super::report`] make them.
    pub(super) fn event(&self, event: Event<'static>) -> Event<'static> {
        let exception = event.exception.into_iter().map(|Exception { ty, value, .. }| Exception {
            ty,
            value: value.map(|value| self.text(&value)),
            ..Exception::default()
        });
        let extra = |(name, value): (String, Value)| Some((name, self.text(value.as_str()?).into()));
        let fingerprint = event.fingerprint.iter().map(|part| Cow::Owned(self.text(part)));
        Event {
            event_id: event.event_id,
            timestamp: event.timestamp,
            platform: event.platform,
            level: event.level,
            logger: event.logger,
            release: event.release,
            environment: event.environment,
            sdk: event.sdk,
            transaction: event.transaction,
            tags: event.tags,
            contexts: event.contexts,
            message: event.message.map(|message| self.text(&message)),
            exception: exception.collect::<Vec<_>>().into(),
            extra: event.extra.into_iter().filter_map(extra).collect::<Map<_, _>>(),
            fingerprint: fingerprint.collect::<Vec<_>>().into(),
            // No user, request, server, breadcrumb or stack trace, wherever one might have come from.
            ..Event::default()
        }
    }

    /// The text without what might be somebody's.
    fn text(&self, text: &str) -> String {
        let mut quotes = text
            .char_indices()
            .filter(|(at, mark)| is_quote(text, *at, *mark))
            .map(|(at, mark)| (at, at + mark.len_utf8()));
        let first = quotes.next();
        let scrubbed = match (first, quotes.next_back()) {
            (None, _) => self.words(text),
            // Up to the last mark: what is quoted may hold marks itself. Where there is one alone, what it opens was cut off.
            (Some((from, _)), last) => {
                let to = last.map_or(text.len(), |(_, to)| to);
                let kept = |part: Option<&str>| self.words(part.unwrap_or_default());
                format!("{}{REMOVED}{}", kept(text.get(..from)), kept(text.get(to..)))
            }
        };
        scrubbed.chars().take(LONGEST_TEXT).collect()
    }

    fn words(&self, part: &str) -> String {
        let words: Vec<&str> = part.split_whitespace().collect();
        // A telephone number or a code may be written in groups, none of which tells by itself.
        let numbers: Vec<bool> = words.iter().map(|word| is_number(word)).collect();
        let grouped = |at: usize| numbers.get(at.wrapping_sub(1)) == Some(&true) || numbers.get(at + 1) == Some(&true);
        let kept = words.iter().zip(&numbers).enumerate().map(|(at, (word, number))| {
            if self.is_harmless(word) && !(*number && grouped(at)) { word } else { REMOVED }
        });
        let blank = |is: bool| if is { " " } else { "" };
        let kept = kept.collect::<Vec<_>>().join(" ");
        format!("{}{kept}{}", blank(part.starts_with(char::is_whitespace)), blank(part.ends_with(char::is_whitespace)))
    }

    fn is_harmless(&self, word: &str) -> bool {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let digits = word.chars().filter(char::is_ascii_digit).count();
        // Also `fe80::1%eth0` and `[2001:db8::1]:443`.
        let like_ipv6 =
            word.matches(':').count() > 1 && bare.chars().take(4).all(|c| c.is_ascii_hexdigit() || c == ':');
        let is_address = bare.parse::<IpAddr>().is_ok() || like_ipv6 || word.contains("://");
        // Email addresses, queries, forms and what is encoded in an address.
        let has_parts = word.contains(['@', '=', '?', '&', '%', '\\']);
        let names_somebody = word.split(|c: char| !c.is_alphanumeric()).any(|word| self.is_like_a_name(word));
        word.len() <= LONGEST_WORD
            && word.is_ascii()
            && digits <= DIGITS
            && !(is_address || has_parts || names_somebody || bare.starts_with("lk"))
    }

    /// A capital and small letters, unless it is a word of ours.
    fn is_like_a_name(&self, word: &str) -> bool {
        let mut letters = word.chars();
        let capital = letters.next().is_some_and(|first| first.is_ascii_uppercase());
        let small = !letters.as_str().is_empty() && letters.all(|letter| letter.is_ascii_lowercase());
        capital && small && !CAPITALISED.contains(&word) && !self.entities.contains(&word)
    }
}

/// Whether this character opens or closes a quotation. An apostrophe between letters does neither.
fn is_quote(text: &str, at: usize, mark: char) -> bool {
    let between_letters = || {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + mark.len_utf8()..).and_then(|after| after.chars().next());
        before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic)
    };
    match mark {
        '"' | '`' | '“' | '”' | '„' | '«' | '»' | '‘' => true,
        '\'' | '’' => !between_letters(),
        _ => false,
    }
}

fn is_number(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit()) && !word.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use sentry_core::protocol::{Request, User};

    use super::*;

    fn scrubber() -> Scrubber {
        Scrubber::keeping(vec!["Account"])
    }

    fn text(text: &str) -> String {
        scrubber().text(text)
    }

    #[test]
    fn our_own_words_stay() {
        for words in [
            "the store is unavailable: no connection",
            "TransactWriteItems was refused: ValidationException",
            "step 3 of the transaction",
            "cannot read the Account at line 1 column 204",
            "Connection refused (os error 111)",
            "the mail can't be sent",
        ] {
            assert_eq!(text(words), words);
        }
    }

    #[test]
    fn what_might_be_somebodys_goes() {
        for (words, scrubbed) in [
            (
                "unreadable Account: invalid value: string \"ada@example.com\", expected x",
                "unreadable Account: invalid value: string […], expected x",
            ),
            ("mail to ada@example.com failed", "mail to […] failed"),
            (
                "from 203.0.113.9 and 2001:db8::1 and [2001:db8::1]:443 and fe80::1%eth0",
                "from […] and […] and […] and […]",
            ),
            ("from 1.1.1.1 and 1.1.1.1:80 and ::1", "from […] and […] and […]"),
            ("row ACCOUNT#019caddd-b0c0-7000-8000-000000000000 / ACCOUNT", "row […] / ACCOUNT"),
            ("token lkr_AAAA and eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.x", "token […] and […]"),
            ("phone +491701234567", "phone […]"),
            ("phone +49 170 123 456 7 called", "phone […] […] […] […] […] called"),
            ("code 12345678 or 1234-5678 or 12 34 56 78", "code […] or […] or […] […] […] […]"),
            ("called Müller", "called […]"),
            ("Ada Lovelace, Ada/Bea and (Anna-Lena) are refused", "[…] […] […] and […] are refused"),
            ("got https://a.example/?t=abc and t=abc&u=d and /x?t=a", "got […] and […] and […]"),
        ] {
            assert_eq!(text(words), scrubbed);
        }
    }

    #[test]
    fn what_is_quoted_goes_whatever_marks_are_around_or_in_it() {
        for (words, scrubbed) in [
            ("can't read \"ada lovelace\" here", "can't read […] here"),
            ("'it's ada' is no name", "[…] is no name"),
            ("string \"a\\\"ada\" is odd", "string […] is odd"),
            ("string `a`ada` is odd", "string […] is odd"),
            ("„ada“ and «ada» and ‘ada’", "[…]"),
            ("cut off at \"ada lovel", "cut off at […]"),
        ] {
            assert_eq!(text(words), scrubbed, "{words}");
        }
    }

    proptest! {
        #[test]
        fn no_mail_address_no_token_no_number_and_nothing_quoted_stays(
            before in "[a-z ']{0,20}",
            secret in "[A-Za-z0-9_-]{33,60}",
            number in "[0-9]{4,9}",
            local in "[a-z0-9.+]{1,12}",
            quoted in "[a-z\"'` ]{0,12}",
        ) {
            let scrubbed = text(&format!("{before} {local}@example.com {secret} {number} \"{quoted}inside{quoted}\""));
            prop_assert!(!scrubbed.contains(&secret) && !scrubbed.contains('@') && !scrubbed.contains('"'));
            prop_assert!(!scrubbed.contains(&number) && !scrubbed.contains("inside"));
        }

        #[test]
        fn any_text_can_be_scrubbed(any in ".{0,200}") {
            prop_assert!(text(&any).is_ascii() || text(&any).contains(REMOVED));
        }
    }

    #[test]
    fn a_report_keeps_only_what_is_meant_to_be_reported() {
        let chain = ["smtp: ada@example.com", "the mail to Ada is refused"].map(|value| Exception {
            ty: "Error".to_owned(),
            value: Some(value.to_owned()),
            ..Exception::default()
        });
        let filled = Event {
            message: Some("Ada is here".to_owned()),
            exception: chain.to_vec().into(),
            extra: Map::from([
                ("cause".to_owned(), "code 12345678".into()),
                ("row".to_owned(), Value::from(12_345_678)),
            ]),
            server_name: Some("ip-10-0-0-1".into()),
            user: Some(User { email: Some("ada@example.com".to_owned()), ..User::default() }),
            request: Some(Request { cookies: Some("__Host-refresh=lkr_AAAA".to_owned()), ..Request::default() }),
            culprit: Some("Ada".to_owned()),
            // What is drawn at random or told by the clock may spell any of the words below.
            event_id: "00000000-0000-0000-0000-000000000000".parse().unwrap(),
            timestamp: std::time::SystemTime::UNIX_EPOCH,
            ..Event::default()
        };
        let told = serde_json::to_string(&scrubber().event(filled)).unwrap();
        for secret in ["Ada", "ada", "1234", "10-0", "lkr", "row"] {
            assert!(!told.contains(secret), "{secret} is reported: {told}");
        }
        assert!(told.contains("smtp: […]") && told.contains("the mail to […] is refused"), "{told}");
    }
}
