//! A username for a user who comes by a provider: the public name there, in the characters that usernames have.
//!
//! Never the real name: usernames are shown to everybody, and whoever signs in by Google has not asked for that.

use crate::accounts::Username;
use latchkey_kernel::entropy::Entropy;

/// The longest username, in characters.
const LONGEST: usize = 32;
/// What tells a name from the same one that somebody has: 4 characters after `_`.
const SUFFIX: usize = 4;
/// The alphabet of the suffix: no vowels, so that it spells nothing.
const ALPHABET: &[u8] = b"23456789bcdfghjkmnpqrstvwxz";

/// The public name as a username: blanks as `_`, without what usernames do not have, cut to 32 characters. None if too little of
/// it is left.
pub(super) fn of_handle(name: &str) -> Option<Username> {
    Username::parse(&plain(name, LONGEST)).ok()
}

/// The same with four random characters at its end.
pub(super) fn with_suffix(name: &str, entropy: &Entropy) -> Option<Username> {
    let letters = u32::try_from(ALPHABET.len()).ok()?;
    let mut name = plain(name, LONGEST - SUFFIX - 1);
    name.push('_');
    for _ in 0..SUFFIX {
        name.push(char::from(*ALPHABET.get(usize::try_from(entropy.below(letters)).ok()?)?));
    }
    Username::parse(&name).ok()
}

fn plain(name: &str, longest: usize) -> String {
    let words = name.split_whitespace().collect::<Vec<_>>().join("_");
    let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    kept.skip_while(|c| !c.is_alphanumeric()).take(longest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_name_becomes_a_username_where_it_can() {
        for (name, username) in [
            ("Ada Lovelace", Some("Ada_Lovelace")),
            ("  Jürgen  von   Neu ", Some("Jürgen_von_Neu")),
            ("O'Brien, Miles (TNG)", Some("OBrien_Miles_TNG")),
            ("_.ada", Some("ada")),
            ("A", None),
            ("😀", None),
            ("", None),
        ] {
            assert_eq!(of_handle(name).as_ref().map(Username::as_str), username, "{name}");
        }
        let long = of_handle(&"x".repeat(100)).unwrap();
        assert_eq!(long.as_str().len(), LONGEST);
    }

    #[test]
    fn a_name_that_is_taken_gets_four_characters_more() {
        let entropy = Entropy::operating_system();
        let name = with_suffix(&"Ada Lovelace ".repeat(9), &entropy).unwrap();
        assert_eq!(name.as_str().chars().count(), LONGEST);
        assert_ne!(name.folded(), with_suffix(&"Ada Lovelace ".repeat(9), &entropy).unwrap().folded());
        assert!(with_suffix("A", &entropy).unwrap().as_str().starts_with("A_"));
    }
}
