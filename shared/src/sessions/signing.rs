//! The RSA keys of access tokens: parsed once, used for every signature.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::secret::{MaterialError, SigningMaterial, SigningState};

/// The shortest modulus that RS256 may have, in bits (RFC 7518, section 3.3).
const SHORTEST_MODULUS: usize = 2048;

/// A public key as JWKS shows it (RFC 7517, RFC 7518 section 6.3.1).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Jwk {
    /// Always `RSA`.
    pub kty: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// Always `RS256`.
    pub alg: &'static str,
    /// The key's thumbprint (RFC 7638).
    pub kid: String,
    /// The modulus.
    pub n: String,
    /// The exponent.
    pub e: String,
}

/// The public keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeySet {
    /// Next, current and previous.
    pub keys: Vec<Jwk>,
}

/// The keys that sign and verify.
pub(super) struct SigningKeys {
    current: KeyPair,
    current_kid: String,
    public: Vec<(String, DecodingKey)>,
    pub(super) key_set: KeySet,
}

impl SigningKeys {
    pub(super) fn new(material: &SigningMaterial) -> Result<Self, MaterialError> {
        let mut current = None;
        let mut public = Vec::new();
        let mut keys = Vec::new();
        for key in &material.keys {
            let der = STANDARD.decode(&key.pkcs8).map_err(|_| MaterialError::UnusableSigningKey)?;
            let pair = KeyPair::from_pkcs8(&der).map_err(|_| MaterialError::UnusableSigningKey)?;
            let jwk = public_key(&pair)?;
            let verifier =
                DecodingKey::from_rsa_components(&jwk.n, &jwk.e).map_err(|_| MaterialError::UnusableSigningKey)?;
            public.push((jwk.kid.clone(), verifier));
            if key.state == SigningState::Current && current.replace((pair, jwk.kid.clone())).is_some() {
                return Err(MaterialError::UnusableSigningKey);
            }
            keys.push(jwk);
        }
        let (current, current_kid) = current.ok_or(MaterialError::UnusableSigningKey)?;
        let signing = Self { current, current_kid, public, key_set: KeySet { keys } };
        // The first signature of a key also sets up its blinding; better here than in somebody's first request.
        signing.sign(b"warm up").ok_or(MaterialError::UnusableSigningKey)?;
        Ok(signing)
    }

    pub(super) fn current_kid(&self) -> &str {
        &self.current_kid
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 under the current key. The padding needs no randomness and the blinding's is
    /// the library's own, so nothing random reaches the token.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.current.public_modulus_len()];
        self.current.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(signature)
    }

    pub(super) fn verifier(&self, kid: &str) -> Option<&DecodingKey> {
        self.public.iter().find(|(known, _)| known == kid).map(|(_, key)| key)
    }
}

fn public_key(pair: &KeyPair) -> Result<Jwk, MaterialError> {
    let public = pair.public_key();
    let modulus = public.modulus();
    let modulus = modulus.big_endian_without_leading_zero();
    if modulus.len() * 8 < SHORTEST_MODULUS {
        return Err(MaterialError::UnusableSigningKey);
    }
    let n = URL_SAFE_NO_PAD.encode(modulus);
    let e = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
    let thumbprint = Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
    Ok(Jwk { kty: "RSA", usage: "sig", alg: "RS256", kid: URL_SAFE_NO_PAD.encode(thumbprint), n, e })
}
