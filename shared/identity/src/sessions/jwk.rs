//! Public keys of access tokens, as JWKS shows them and as the secret `verifying` holds them.

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use latchkey_kernel::secret::FromSecret;

/// The shortest modulus that RS256 may have, in bits (RFC 7518, section 3.3).
const SHORTEST_MODULUS: usize = 2048;

/// A public key as JWKS shows it (RFC 7517, RFC 7518 section 6.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    /// Always `RSA`.
    pub kty: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// Always `RS256`.
    pub alg: String,
    /// The key's thumbprint (RFC 7638).
    pub kid: String,
    /// The modulus.
    pub n: String,
    /// The exponent.
    pub e: String,
}

/// The public keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// Next, current and previous.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    /// The public half of a key pair; none when it is too short.
    pub(super) fn of(pair: &KeyPair) -> Option<Self> {
        let public = pair.public_key();
        let modulus = public.modulus();
        let modulus = modulus.big_endian_without_leading_zero();
        if modulus.len() * 8 < SHORTEST_MODULUS {
            return None;
        }
        let n = URL_SAFE_NO_PAD.encode(modulus);
        let e = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        let kid = thumbprint(&n, &e);
        Some(Self { kty: "RSA".to_owned(), usage: "sig".to_owned(), alg: "RS256".to_owned(), kid, n, e })
    }

    /// The key, if it is what it says: RSA, for RS256, under its own thumbprint.
    fn verifier(&self) -> Option<DecodingKey> {
        let own = self.kty == "RSA" && self.alg == "RS256" && self.kid == thumbprint(&self.n, &self.e);
        let long = URL_SAFE_NO_PAD.decode(&self.n).ok()?.len() * 8 >= SHORTEST_MODULUS;
        (own && long).then(|| DecodingKey::from_rsa_components(&self.n, &self.e).ok()).flatten()
    }
}

fn thumbprint(n: &str, e: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)))
}

/// `verifying`: the public keys, parsed. What functions hold that check access tokens and issue none.
pub(super) struct TokenVerifiers {
    keys: Vec<(String, DecodingKey)>,
    pub(super) key_set: KeySet,
}

impl TokenVerifiers {
    pub(super) fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.keys.iter().find(|(known, _)| known == kid).map(|(_, key)| key)
    }
}

impl FromSecret for TokenVerifiers {
    const NAME: &'static str = "verifying";

    fn from_secret(json: &[u8]) -> Option<Self> {
        let key_set: KeySet = serde_json::from_slice(json).ok()?;
        let keys: Option<Vec<_>> = key_set.keys.iter().map(|key| Some((key.kid.clone(), key.verifier()?))).collect();
        Some(Self { keys: keys.filter(|keys| !keys.is_empty())?, key_set })
    }
}
