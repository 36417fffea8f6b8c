//! Passwords that everybody's attacker already has (NIST SP 800-63B, section 3.1.1.2; OWASP ASVS 6.2.4 and 6.2.12).
//!
//! A strength estimate finds patterns; it cannot know that `kozanostra` was somebody's password before. This list can,
//! and it asks nobody: no password, nor any part of its digest, leaves the process.
//!
//! - Source: the million most frequent of Mark Burnett's ten million leaked passwords (2015, public domain), from the
//!   crate `passablewords` 1.0.1 (MIT); and Django's `common-passwords.txt.gz` (Django 5.2.19, BSD-3-Clause), a smaller
//!   list that knows later breaches. The notices are in `infra/breached-passwords/NOTICE`, next to the script that
//!   builds the data from the two packages, byte for byte.
//! - Entries: 475 796, all of both lists that have the 8 to 128 characters that the policy admits, lower-cased. zxcvbn
//!   would let 100 366 of them pass with a score of 3 or 4; the others stay, so that the list does not lean on an
//!   estimator's version.
//! - Size: 1 492 928 bytes, in the binary as they are. Nothing is parsed or built at start.
//! - False positives: one in 578 000 passwords that are not on the list (475 796 / 2^38) is refused all the same. A
//!   listed password is never let through.
//!
//! The form is a set of 38-bit digests: 14 bits choose a bucket of 29 entries on average, 24 bits are kept in it. A
//! binary fuse filter of 16 bits would be a quarter smaller, for a dependency and nine times the false positives; a
//! Golomb code a sixth smaller, for a bit reader. Whole bytes are found by the standard library's binary search.

use sha2::{Digest, Sha256};

const ENTRIES: usize = 475_796;
const BUCKET_BITS: usize = 14;
const BUCKETS: usize = 1 << BUCKET_BITS;
const INDEX_BYTES: usize = (BUCKETS + 1) * 4;

/// Where each bucket begins, then the suffixes. `infra/breached-passwords/build.py` describes and writes it. The length
/// is part of the type, so that a file cut short does not compile.
static TABLE: &[u8; INDEX_BYTES + ENTRIES * 3] = include_bytes!("breached_passwords.bin");

// Split while compiling: nothing is left to do at start.
static PARTS: (&[u8], &[u8]) = TABLE.split_at(INDEX_BYTES);
static BEGINNINGS: &[[u8; 4]] = PARTS.0.as_chunks().0;
static SUFFIXES: &[[u8; 3]] = PARTS.1.as_chunks().0;

/// Whether the password, in upper or lower case, is on the list. The caller normalises it to NFC first.
pub(crate) fn is_breached(password: &str) -> bool {
    // Folded character by character into the hash: a folded copy would be one more secret to wipe.
    let mut hash = Sha256::new();
    for character in password.chars().flat_map(char::to_lowercase) {
        hash.update(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    let [first, second, third, fourth, fifth, ..]: [u8; 32] = hash.finalize().into();
    let bucket = usize::from(u16::from_be_bytes([first, second])) >> (16 - BUCKET_BITS);
    suffixes(bucket).binary_search(&[third, fourth, fifth]).is_ok()
}

/// The suffixes of a bucket, ascending.
fn suffixes(bucket: usize) -> &'static [[u8; 3]] {
    let beginning = |bucket| BEGINNINGS.get(bucket).and_then(|begin| usize::try_from(u32::from_le_bytes(*begin)).ok());
    beginning(bucket).zip(beginning(bucket + 1)).and_then(|(begin, end)| SUFFIXES.get(begin..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_a_strength_estimate_admits_are_found() {
        for password in ["kozanostra", "plextsofttm", "c7e4f8ezqh", "bmvm3e46gtr", "ne_e_pod_chehyl"] {
            assert!(is_breached(password), "{password}");
        }
    }

    #[test]
    fn passwords_that_leaked_after_the_large_list_was_made_are_found() {
        for password in ["pe#5gz29ptzmse", "fallen_angel", "n8zgt5p0shw=", "megaparol12345"] {
            assert!(is_breached(password), "{password}");
        }
    }

    #[test]
    fn the_most_frequent_passwords_are_found() {
        for password in ["password", "12345678", "qwertyuiop", "1234567890", "1qaz2wsx", "iloveyou", "trustno1"] {
            assert!(is_breached(password), "{password}");
        }
    }

    #[test]
    fn capitals_do_not_help() {
        for password in ["Password", "PASSWORD", "KozaNostra", "PE#5gz29PTZMSE"] {
            assert!(is_breached(password), "{password}");
        }
    }

    #[test]
    fn passwords_of_one_s_own_are_let_through() {
        for password in [
            "",
            "correct zebra dynamo thimble",
            "Zw3ifelhaft-gr\u{fc}n",
            "\u{65e5}\u{672c}\u{8a9e}-vk48-wpyt",
            "kozanostr\u{e4}",
        ] {
            assert!(!is_breached(password), "{password}");
        }
    }

    #[test]
    fn passwords_too_short_for_the_policy_take_no_room() {
        for password in ["123456", "qwerty", "dragon"] {
            assert!(!is_breached(password), "{password}");
        }
    }

    #[test]
    fn false_positives_are_as_rare_as_promised() {
        let refused = (0..40_000).filter(|n| is_breached(&format!("nobody's password, number {n}"))).count();
        assert!(refused <= 1, "{refused} refused, where none is expected and one would be one chance in fifteen");
    }

    #[test]
    fn every_entry_is_in_its_bucket_once_and_in_order() {
        let entries: usize = (0..BUCKETS).map(|bucket| suffixes(bucket).len()).sum();
        assert_eq!(entries, ENTRIES, "the buckets cover the file without a gap");
        for bucket in 0..BUCKETS {
            assert!(!suffixes(bucket).is_empty(), "bucket {bucket}: a gap in the index would let passwords through");
            assert!(suffixes(bucket).is_sorted_by(|one, next| one < next), "bucket {bucket}");
        }
    }

    #[test]
    fn the_data_stays_under_two_megabytes() {
        assert!(TABLE.len() < 2_000_000, "{} bytes", TABLE.len());
    }
}
