//! What a user typed or pasted, read the way it was meant.
//!
//! Keyboards, mail programs and address books add to a text what nobody sees: a tab, a zero-width space (U+200B), the
//! marks that turn a telephone number around (U+202A). Input methods write digits full-width or in the script of the
//! language, and word processors make a dash of a hyphen. A parser that compares such a text byte by byte refuses a value
//! that is right. So every parser of a typed value takes it from here, and adds only the rule of its own kind.
//!
//! Nothing is dropped from within a value where that could make another value of it: an email address or a username
//! with an invisible character inside is refused by its parser. Passwords are not read here, since every character
//! counts.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_normalization::UnicodeNormalization as _;

/// The full-width and half-width forms of other characters.
const WIDTH_FORMS: std::ops::RangeInclusive<char> = '\u{ff00}'..='\u{ffef}';
/// Takes part in the spelling of Persian and of Indic scripts, and is invisible.
const NON_JOINER: char = '\u{200c}';
/// The same, and what emoji are composed with.
const JOINER: char = '\u{200d}';

/// The text cannot be shown to others as a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotALine;

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Whether it is a format character (general category Cf: bidirectional marks, zero-width characters, the soft hyphen,
/// tags) or one of the letters that Unicode draws as nothing.
pub fn is_invisible(c: char) -> bool {
    let fillers = matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}');
    !c.is_ascii() && (fillers || category(c) == GeneralCategory::Format)
}

/// Whether it combines with the character before it.
pub fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    !c.is_ascii() && matches!(category(c), NonspacingMark | SpacingMark | EnclosingMark)
}

/// Whether it is a hyphen or dash of any kind: the minus sign, and the long-vowel mark that Japanese keyboards have in
/// the same place, as well.
fn is_dash(c: char) -> bool {
    c == '-'
        || !c.is_ascii() && (matches!(c, '\u{2212}' | '\u{30fc}') || category(c) == GeneralCategory::DashPunctuation)
}

/// The text without white space and invisible characters around it.
pub fn trimmed(typed: &str) -> &str {
    typed.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// The symbols of a code: without blanks, dashes and invisible characters, digits of every script and full-width letters
/// in ASCII. None if there are more or fewer than `length`.
pub fn symbols(typed: &str, length: usize) -> Option<String> {
    let counts = |c: &char| !(c.is_whitespace() || is_invisible(*c) || is_dash(*c));
    let kept: String = typed.chars().map(narrow).filter(counts).map(in_ascii_digits).take(length + 1).collect();
    (kept.chars().count() == length).then_some(kept)
}

/// A telephone number: digits and plus in ASCII, blanks of every kind as blanks, without invisible characters.
pub fn telephone(typed: &str) -> String {
    let seen = trimmed(typed).chars().filter(|c| !is_invisible(*c)).map(narrow).map(in_ascii_digits);
    seen.map(|c| if c.is_whitespace() { ' ' } else { c }).collect()
}

/// A public name in one spelling: composed (NFC), and without full-width and half-width forms (RFC 8265, section 3.3).
pub fn public_name(typed: &str) -> String {
    let width = |c: char| if WIDTH_FORMS.contains(&c) { Some(c).into_iter().nfkc().collect() } else { vec![c] };
    let name: String = trimmed(typed).chars().flat_map(width).nfc().collect();
    // Some width forms stand for a blank, or for nothing, with a mark.
    trimmed(&name).to_owned()
}

/// ASCII for a full-width form of it.
fn narrow(c: char) -> char {
    if ('\u{ff01}'..='\u{ff5e}').contains(&c) { char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c) } else { c }
}

/// The ASCII digit for one of any script (general category Nd). Each script has its ten in a row, from zero to nine.
fn in_ascii_digits(c: char) -> char {
    let is_digit = |code: u32| char::from_u32(code).is_some_and(|c| category(c) == GeneralCategory::DecimalNumber);
    let code = u32::from(c);
    if c.is_ascii() || !is_digit(code) {
        return c;
    }
    let before = (1..=code).take_while(|back| is_digit(code - back)).fold(0, |count, _| (count + 1) % 10);
    char::from_digit(before, 10).unwrap_or(c)
}

/// Reads a text that others will see as a name, in mails above all: 1 to `longest` characters on one line, none of them
/// invisible, and no link. White space and invisible characters around it do not count.
///
/// U+200C and U+200D are let pass between characters outside ASCII: Persian, Indic names and emoji are not written
/// without them.
pub fn line(typed: &str, longest: usize) -> Result<&str, NotALine> {
    let typed = trimmed(typed);
    let fits = (1..=longest).contains(&typed.chars().take(longest + 1).count());
    let mut before = None;
    let mut characters = typed.chars().peekable();
    while let Some(c) = characters.next() {
        if !is_shown(before, c, characters.peek().copied()) {
            return Err(NotALine);
        }
        before = Some(c);
    }
    if fits && !shows_link(typed) { Ok(typed) } else { Err(NotALine) }
}

/// The most of a text from elsewhere that can be read as such a line: without what is invisible, without the words that
/// are links, and cut to `longest` characters. None if nothing is left.
pub fn cleaned_line(text: &str, longest: usize) -> Option<String> {
    let mut before = None;
    let mut seen = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if breaks_lines(c) || c.is_whitespace() {
            seen.push(' ');
        } else if is_shown(before, c, characters.peek().copied()) {
            seen.push(c);
        }
        before = Some(c);
    }
    let words: Vec<_> = seen.split(' ').filter(|word| !word.is_empty() && !shows_link(word)).collect();
    let kept: String = words.join(" ").chars().take(longest).collect();
    line(&kept, longest).ok().map(str::to_owned)
}

fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_shown(before: Option<char>, c: char, after: Option<char>) -> bool {
    let joins = |beside: Option<char>| beside.is_some_and(|c| !c.is_ascii() && !c.is_whitespace() && !is_invisible(c));
    match c {
        NON_JOINER | JOINER => joins(before) && joins(after),
        _ => !breaks_lines(c) && !is_invisible(c),
    }
}

/// Whether a mail program would make a link of a part of it, however its letters are written.
fn shows_link(text: &str) -> bool {
    let plain: String =
        text.nfkc().flat_map(char::to_lowercase).map(|c| if c == '\u{3002}' { '.' } else { c }).collect();
    plain.contains("://") || plain.contains("www.")
}

/// The first `most` letters of a text. A letter is what a reader takes for one: a character with its marks, or emoji that
/// are joined.
pub fn first_letters(text: &str, most: usize) -> &str {
    let mut letters = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let continues =
            is_mark(c) || matches!(c, NON_JOINER | JOINER | '\u{1f3fb}'..='\u{1f3ff}') || before == Some(JOINER);
        letters += usize::from(!continues);
        if letters > most {
            return text.get(..at).unwrap_or(text);
        }
        before = Some(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn digits_of_every_script_are_digits() {
        for (typed, digits) in [
            ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
            ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
            ("०१२३४५६७८९", "0123456789"),
            ("０１２３４５６７８９", "0123456789"),
            ("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "0123456789"),
            ("𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡", "0123456789"),
            ("๐๑๒๓๔๕๖๗๘๙", "0123456789"),
        ] {
            assert_eq!(symbols(typed, 10).as_deref(), Some(digits), "{typed}");
        }
        for none in ["½0", "²0", "Ⅷ0", "一0"] {
            assert!(!symbols(none, 2).unwrap().bytes().all(|byte| byte.is_ascii_digit()), "{none}");
        }
    }

    #[test]
    fn every_row_of_ten_digits_begins_with_zero() {
        let digits =
            (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| category(*c) == GeneralCategory::DecimalNumber);
        let digits: Vec<char> = digits.collect();
        assert!(digits.len() >= 680 && digits.len().is_multiple_of(10), "{}", digits.len());
        for (number, c) in digits.into_iter().enumerate() {
            let expected = u32::try_from(number % 10).unwrap();
            assert_eq!(in_ascii_digits(c).to_digit(10), Some(expected), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn a_letter_is_never_cut_in_two() {
        for (text, most, first) in [
            ("Ada", 3, "Ada"),
            ("Ada", 2, "Ad"),
            ("e\u{301}e\u{301}", 1, "e\u{301}"),
            ("\u{1f469}\u{200d}\u{1f4bb}x", 1, "\u{1f469}\u{200d}\u{1f4bb}"),
            ("\u{1f44d}\u{1f3fd}x", 1, "\u{1f44d}\u{1f3fd}"),
            ("\u{8fbb}\u{e0100}x", 1, "\u{8fbb}\u{e0100}"),
            ("", 1, ""),
        ] {
            assert_eq!(first_letters(text, most), first);
        }
    }

    proptest! {
        #[test]
        fn what_was_cleaned_is_a_line(text in "\\PC{0,60}|[\\x00-\\x{10ffff}]{0,40}", longest in 1_usize..50) {
            if let Some(cleaned) = cleaned_line(&text, longest) {
                prop_assert_eq!(line(&cleaned, longest), Ok(&*cleaned));
            }
        }

        #[test]
        fn nothing_panics_and_reading_twice_changes_nothing(text in "[\\x00-\\x{10ffff}]{0,40}") {
            for read in [public_name(&text), telephone(&text), trimmed(&text).to_owned()] {
                prop_assert_eq!(public_name(&public_name(&text)), public_name(&text));
                prop_assert_eq!(trimmed(&read), trimmed(trimmed(&read)));
            }
            let _ = (symbols(&text, 8), first_letters(&text, 3), line(&text, 20));
        }
    }
}
