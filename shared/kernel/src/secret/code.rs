//! The eight-digit codes that mails carry (NIST SP 800-63B, section 3.1.3.2; OWASP ASVS 6.5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::mac;
use crate::entropy::Entropy;
use crate::typed;

/// An eight-digit code: 26.6 bits, so it lives ten minutes and is worth five tries.
pub struct Code(String);

impl Code {
    /// How long a code is good.
    pub const LIFE: SignedDuration = SignedDuration::from_mins(10);
    /// How many tries a code is worth.
    pub const TRIES: u32 = 5;

    /// A fresh code, every one of the hundred million equally likely.
    pub fn generate(entropy: &Entropy) -> Self {
        Self(format!("{:08}", entropy.below(100_000_000)))
    }

    /// A code as a user types it ([`typed::symbols`]). None when it is not eight digits.
    pub fn parse(typed: &str) -> Option<Self> {
        typed::symbols(typed, 8).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())).map(Self)
    }

    /// The digits, for the mail that carries them.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store keeps: a MAC under the lookup key, bound to what the code is for and to whom it belongs.
    /// A plain digest of eight digits could be turned back in a moment by whoever reads the table.
    pub fn digest(&self, lookup_key: &[u8; 32], purpose: &str, holder: &[u8]) -> CodeDigest {
        let bytes = mac(lookup_key, &[b"code/v1", purpose.as_bytes(), holder, self.0.as_bytes()]);
        CodeDigest(URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// The stored form of a [`Code`]; equality takes the same time for all inputs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeDigest(String);

impl CodeDigest {
    /// The text that the store keeps, for the condition of a write.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for CodeDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CodeDigest(..)")
    }
}

impl PartialEq for CodeDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for typed in ["1234 5678", "1234-5678", "1234\u{2013}5678", "1234\u{a0}5678\t", "\u{200b}１２３４５６７８"]
        {
            assert_eq!(Code::parse(typed).unwrap().reveal(), "12345678", "{typed:?}");
        }
        for wrong in ["", "1234567", "123456789", "1234567a", "1234567²", "1234.5678"] {
            assert!(Code::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_code_opens_only_what_it_was_made_for() {
        let code = Code::parse("12345678").unwrap();
        let digest = code.digest(&[1; 32], "registration", b"one");
        assert!(digest == code.digest(&[1; 32], "registration", b"one"));
        assert!(digest != code.digest(&[1; 32], "registration", b"two"));
        assert!(digest != code.digest(&[1; 32], "password-reset", b"one"));
        assert!(digest != code.digest(&[2; 32], "registration", b"one"));
    }
}
