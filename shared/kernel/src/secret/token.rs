//! Opaque tokens: an id that finds the row, and 256 random bits that open it.
//!
//! The prefix tells secret scanners and support staff what a leaked string is, and keeps one kind of token from
//! being tried as another: the digest covers the prefix too.

use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroize;

use super::{Digest, mac};
use crate::entropy::Entropy;
use crate::typed;

/// A kind of opaque token.
pub trait TokenKind {
    /// What its text begins with, such as `lkr_`.
    const PREFIX: &'static str;
}

/// A token of kind `K`: `ID` bytes of id (one id, unless said otherwise), thirty-two random ones.
pub struct OpaqueToken<K: TokenKind, const ID: usize = 16> {
    id: [u8; ID],
    secret: [u8; 32],
    kind: PhantomData<K>,
}

/// The text is no token of this kind.
#[derive(Debug, thiserror::Error)]
#[error("not a token of this kind")]
pub struct TokenMalformed;

impl<K: TokenKind, const ID: usize> OpaqueToken<K, ID> {
    /// A fresh token for the row with this id.
    pub fn generate(id: [u8; ID], entropy: &Entropy) -> Self {
        let mut secret: [u8; 32] = entropy.bytes();
        // Programs that make links of what looks like one leave off a `-` or `_` at its end: the two last symbols of the
        // alphabet, so that one bit less in the last six takes both away.
        if let Some(last) = secret.last_mut().filter(|last| **last & 0x3f >= 0x3e) {
            *last &= !0x20;
        }
        Self { id, secret, kind: PhantomData }
    }

    /// Reads a token's text. What a program or a user copied along with it from the sentence around is no part of it.
    pub fn parse(text: &str) -> Result<Self, TokenMalformed> {
        let of_the_sentence =
            |c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '>' | '"' | '\'');
        let text = typed::trimmed(typed::trimmed(text).trim_end_matches(of_the_sentence));
        let encoded = text.strip_prefix(K::PREFIX).ok_or(TokenMalformed)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenMalformed)?;
        let (id, secret) = bytes.split_first_chunk::<ID>().ok_or(TokenMalformed)?;
        Ok(Self { id: *id, secret: secret.try_into().map_err(|_| TokenMalformed)?, kind: PhantomData })
    }

    /// The id of the row that the token opens.
    pub fn id(&self) -> [u8; ID] {
        self.id
    }

    /// The token's text, for the one answer or mail that hands it out.
    pub fn reveal(&self) -> String {
        format!("{}{}", K::PREFIX, URL_SAFE_NO_PAD.encode([self.id.as_slice(), &self.secret].concat()))
    }

    /// What the store keeps.
    pub fn digest(&self) -> Digest {
        Digest::of(self.reveal().as_bytes())
    }
}

impl<K: TokenKind, const ID: usize> OpaqueToken<K, ID> {
    /// A fresh token whose id can be read only with this key. It is for answers to strangers, who must not learn from the
    /// token which account it belongs to, or whether it belongs to one. The mask is an HMAC of the token's own random
    /// part, so no two tokens share one.
    pub fn generate_hiding(id: [u8; ID], key: &[u8; 32], entropy: &Entropy) -> Self {
        let mut token = Self::generate(id, entropy);
        token.id = token.hidden_id(key);
        token
    }

    /// The id of a token that hides it. Of a forged token, random bytes.
    pub fn hidden_id(&self, key: &[u8; 32]) -> [u8; ID] {
        const { assert!(ID <= 32, "one MAC masks 32 bytes") };
        let mask = mac(key, &[b"token-id/v1", K::PREFIX.as_bytes(), &self.secret]);
        let mut id = self.id;
        id.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        id
    }
}

impl<K: TokenKind> OpaqueToken<K, 32> {
    /// A fresh token for a row that two ids name.
    pub fn of_two(first: &[u8; 16], second: &[u8; 16], entropy: &Entropy) -> Self {
        let mut id = [0; 32];
        id.iter_mut().zip(first.iter().chain(second)).for_each(|(to, from)| *to = *from);
        Self::generate(id, entropy)
    }

    /// The two ids.
    pub fn halves(&self) -> [[u8; 16]; 2] {
        let mut halves = [[0; 16]; 2];
        halves.iter_mut().flatten().zip(self.id).for_each(|(to, from)| *to = from);
        halves
    }
}

impl<K: TokenKind, const ID: usize> Drop for OpaqueToken<K, ID> {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Ticket;
    impl TokenKind for Ticket {
        const PREFIX: &'static str = "lkx_";
    }

    struct Other;
    impl TokenKind for Other {
        const PREFIX: &'static str = "lky_";
    }

    #[test]
    fn a_token_survives_its_text_and_no_other_kind_takes_it() {
        let token = OpaqueToken::<Ticket>::generate([3; 16], &Entropy::operating_system());
        let read = OpaqueToken::<Ticket>::parse(&token.reveal()).unwrap();
        assert_eq!(read.id(), [3; 16]);
        assert_eq!(read.digest(), token.digest());
        assert!(OpaqueToken::<Other>::parse(&token.reveal()).is_err());
    }

    #[test]
    fn a_token_ends_in_what_programs_take_for_a_part_of_a_link_and_is_found_in_a_sentence() {
        for _ in 0..2_000 {
            let token = OpaqueToken::<Ticket>::generate([3; 16], &Entropy::operating_system());
            let (text, digest) = (token.reveal(), token.digest());
            assert!(!text.ends_with(['-', '_']), "{text}");
            for pasted in [format!(" {text}"), format!("{text}."), format!("{text})."), format!("{text}\u{a0}\r\n")] {
                assert_eq!(OpaqueToken::<Ticket>::parse(&pasted).unwrap().digest(), digest, "{pasted:?}");
            }
        }
        let token = OpaqueToken::<Ticket, 32>::of_two(&[1; 16], &[2; 16], &Entropy::operating_system());
        assert!(!token.reveal().ends_with(['-', '_']));
    }

    #[test]
    fn a_token_of_two_ids_names_both() {
        let token = OpaqueToken::<Ticket, 32>::of_two(&[1; 16], &[2; 16], &Entropy::operating_system());
        assert_eq!(OpaqueToken::<Ticket, 32>::parse(&token.reveal()).unwrap().halves(), [[1; 16], [2; 16]]);
        assert!(OpaqueToken::<Ticket>::parse(&token.reveal()).is_err());
    }

    #[test]
    fn a_token_that_hides_its_id_tells_it_to_the_key_alone() {
        let hide = || OpaqueToken::<Ticket, 17>::generate_hiding([3; 17], &[7; 32], &Entropy::operating_system());
        let read = OpaqueToken::<Ticket, 17>::parse(&hide().reveal()).unwrap();
        assert_eq!(read.hidden_id(&[7; 32]), [3; 17]);
        assert_ne!(read.hidden_id(&[8; 32]), [3; 17]);
        assert!(read.id() != [3; 17] && read.id() != hide().id(), "two tokens for one id have nothing in common");
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC*") {
            let _ = OpaqueToken::<Ticket>::parse(&text);
            let _ = OpaqueToken::<Ticket>::parse(&format!("lkx_{text}"));
        }
    }
}
