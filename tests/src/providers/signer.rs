//! The keys that issuers sign with.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// How `id_token`s are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// With the key that the header names.
    Right,
    /// Not at all, and the header says so.
    None,
    /// With nothing where the signature should be.
    Empty,
    /// With a key that nobody published, under the name of one that is.
    Stranger,
    /// With the public key as if it were a shared secret.
    PublicAsSecret,
}

/// One key.
#[derive(Clone)]
pub(super) struct Signer {
    number: u32,
    key: Arc<Key>,
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl Signer {
    /// RSA keys take long to make, and no test needs its own.
    pub(super) fn rs256() -> Self {
        static KEY: OnceLock<Arc<Key>> = OnceLock::new();
        let key = KEY.get_or_init(|| Arc::new(Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())));
        Self { number: 1, key: Arc::clone(key) }
    }

    pub(super) fn es256(number: u32) -> Self {
        Self { number, key: Arc::new(Key::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())) }
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// The header of a token under this key.
    pub(super) fn header(&self) -> Value {
        let alg = if matches!(*self.key, Key::Rsa(_)) { "RS256" } else { "ES256" };
        json!({ "alg": alg, "typ": "JWT", "kid": format!("key-{}", self.number) })
    }

    /// The public key.
    pub(super) fn jwk(&self) -> Value {
        let kid = format!("key-{}", self.number);
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &*self.key {
            Key::Rsa(pair) => {
                let public = pair.public_key();
                let n = text(public.modulus().big_endian_without_leading_zero());
                let e = text(public.exponent().big_endian_without_leading_zero());
                json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": n, "e": e })
            }
            Key::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (text(&point[1..33]), text(&point[33..]));
                json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y })
            }
        }
    }

    /// A token with this header and these claims.
    pub(super) fn token(&self, mut header: Value, claims: &Value, signing: Signing) -> String {
        match signing {
            Signing::None => header["alg"] = json!("none"),
            Signing::PublicAsSecret => header["alg"] = json!("HS256"),
            _ => {}
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = match signing {
            Signing::Right => self.sign(message.as_bytes()),
            Signing::None | Signing::Empty => Vec::new(),
            Signing::Stranger => Self::es256(0).sign(message.as_bytes()),
            Signing::PublicAsSecret => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.jwk().to_string().as_bytes());
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &*self.key {
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Key::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }
}
