//! What binds an exchange to the page that sent a browser out: a challenge and its verifier, as RFC 7636 has them between
//! a client and its authorization server (S256 alone).
//!
//! The cookie of the browser says the same, but not for a page on a site from which browsers send no cookies.

use serde::{Deserialize, Serialize};

use latchkey_kernel::secret::Digest;

/// The SHA-256 of a verifier, in the 43 characters of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeChallenge(Digest);

/// 43 to 128 letters, digits, `-`, `.`, `_` and `~` (RFC 7636, section 4.1).
pub struct ExchangeVerifier(String);

/// It is no challenge, or no verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeMalformed {
    /// Not the digest of anything.
    #[error("A challenge is the SHA-256 of a verifier in base64url: 43 characters without padding.")]
    Challenge,
    /// Too short, too long, or of other characters.
    #[error("A verifier has 43 to 128 letters, digits, -, ., _ and ~.")]
    Verifier,
}

impl ExchangeChallenge {
    /// Reads a challenge.
    pub fn parse(text: &str) -> Result<Self, ChallengeMalformed> {
        // A digest is written so as well, wherever one is stored.
        serde_json::from_value(text.into()).map(Self).map_err(|_| ChallengeMalformed::Challenge)
    }

    /// Whether this is its verifier.
    fn is_met_by(self, verifier: &ExchangeVerifier) -> bool {
        self.0 == Digest::of(verifier.0.as_bytes())
    }
}

impl ExchangeVerifier {
    /// Reads a verifier.
    pub fn parse(text: &str) -> Result<Self, ChallengeMalformed> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let fits = (43..=128).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned())).ok_or(ChallengeMalformed::Verifier)
    }
}

/// Whether a page that shows this verifier, or none, is the one that sent this challenge, or none. A verifier without a
/// challenge is refused (RFC 9700, section 2.1.1): the page that shows it did send one, so the visit is another's.
pub(super) fn is_met(challenge: Option<ExchangeChallenge>, verifier: Option<&ExchangeVerifier>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_met_by_its_verifier_alone() {
        // RFC 7636, appendix B.
        let challenge = ExchangeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        let verifier = ExchangeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        let other = ExchangeVerifier::parse(&"a".repeat(43)).unwrap();
        assert!(is_met(Some(challenge), Some(&verifier)) && is_met(None, None));
        assert!(!is_met(Some(challenge), Some(&other)) && !is_met(Some(challenge), None));
        assert!(!is_met(None, Some(&verifier)));
    }

    #[test]
    fn what_rfc_7636_does_not_write_is_not_read() {
        for wrong in ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"] {
            assert_eq!(ExchangeChallenge::parse(wrong), Err(ChallengeMalformed::Challenge), "{wrong}");
        }
        for wrong in [String::new(), "a".repeat(42), "a".repeat(129), "a+".repeat(22), "é".repeat(43)] {
            assert!(ExchangeVerifier::parse(&wrong).is_err(), "{wrong}");
        }
    }
}
