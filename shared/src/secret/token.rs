//! Opaque tokens: an id that finds the row, and 256 random bits that open it.
//!
//! The prefix tells secret scanners and support staff what a leaked string is, and keeps one kind of token from
//! being tried as another: the digest covers the prefix too.

use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroize;

use super::Digest;
use crate::entropy::Entropy;

/// A kind of opaque token.
pub trait TokenKind {
    /// What its text begins with, such as `lkr_`.
    const PREFIX: &'static str;
}

/// A token of kind `K`: sixteen bytes of id, thirty-two random ones.
pub struct OpaqueToken<K: TokenKind> {
    id: [u8; 16],
    secret: [u8; 32],
    kind: PhantomData<K>,
}

/// The text is no token of this kind.
#[derive(Debug, thiserror::Error)]
#[error("not a token of this kind")]
pub struct TokenMalformed;

impl<K: TokenKind> OpaqueToken<K> {
    /// A fresh token for the row with this id.
    pub fn generate(id: [u8; 16], entropy: &Entropy) -> Self {
        Self { id, secret: entropy.bytes(), kind: PhantomData }
    }

    /// Reads a token's text.
    pub fn parse(text: &str) -> Result<Self, TokenMalformed> {
        let encoded = text.strip_prefix(K::PREFIX).ok_or(TokenMalformed)?;
        let bytes: [u8; 48] =
            URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenMalformed)?.try_into().map_err(|_| TokenMalformed)?;
        let (id, secret) = bytes.split_at(16);
        Ok(Self {
            id: id.try_into().map_err(|_| TokenMalformed)?,
            secret: secret.try_into().map_err(|_| TokenMalformed)?,
            kind: PhantomData,
        })
    }

    /// The id of the row that the token opens.
    pub fn id(&self) -> [u8; 16] {
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

impl<K: TokenKind> Drop for OpaqueToken<K> {
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

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC*") {
            let _ = OpaqueToken::<Ticket>::parse(&text);
            let _ = OpaqueToken::<Ticket>::parse(&format!("lkx_{text}"));
        }
    }
}
