//! What the passkeys of a run sign with. `RustCrypto` signs, so that no signature is verified by what made it.

use ciborium::Value;
use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::SignatureEncoding as _;
use rand::{Rng, RngExt as _};
use rand_chacha::ChaCha20Rng;
use rsa::RsaPrivateKey;
use rsa::traits::PublicKeyParts as _;
use sha2::Sha256;

use crate::cbor;

/// A key pair.
#[derive(Clone)]
pub enum Key {
    /// ECDSA on P-256.
    Es256(p256::ecdsa::SigningKey),
    /// `EdDSA` on edwards25519.
    Ed25519(ed25519_dalek::SigningKey),
    /// RSA with PKCS #1 v1.5.
    Rs256(Box<RsaPrivateKey>),
}

/// RSA keys take a second to make, so a run makes a few and shares them out.
pub struct RsaKeys(Vec<RsaPrivateKey>);

impl RsaKeys {
    /// Three of the size that authenticators use, and one larger.
    pub fn generate(draws: &mut ChaCha20Rng) -> Self {
        Self([2048, 2048, 2048, 3072].map(|bits| RsaPrivateKey::new(draws, bits).expect("an RSA key")).into())
    }
}

impl Key {
    /// A new one, of each algorithm as often as of the others.
    pub fn generate(draws: &mut ChaCha20Rng, rsa: &RsaKeys) -> Self {
        match draws.random_range(0..3) {
            0 => Self::es256(&draws.random()),
            1 => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&draws.random())),
            // One in thirteen is the large one.
            _ => Self::Rs256(Box::new(rsa.0[draws.random_range(0..13) / 4].clone())),
        }
    }

    /// The key of P-256 with this secret, which is almost never none.
    pub fn es256(secret: &[u8; 32]) -> Self {
        Self::Es256(p256::ecdsa::SigningKey::from_slice(secret).expect("a number below the group's order"))
    }

    /// The algorithm, as COSE numbers it.
    pub fn algorithm(&self) -> i64 {
        match self {
            Self::Es256(_) => -7,
            Self::Ed25519(_) => -8,
            Self::Rs256(_) => -257,
        }
    }

    /// Whether it is an RSA key of more than 2,048 bits.
    pub fn is_large(&self) -> bool {
        matches!(self, Self::Rs256(key) if key.size() > 256)
    }

    /// A signature over a message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_der().to_vec()
            }
            Self::Ed25519(key) => key.sign(message).to_vec(),
            Self::Rs256(key) => rsa::pkcs1v15::SigningKey::<Sha256>::new(key.as_ref().clone()).sign(message).to_vec(),
        }
    }

    /// Its own word about itself, over what is signed (section 8.2).
    pub fn own_word(&self, signed: &[u8]) -> Vec<cbor::Entry> {
        let signature = cbor::bytes(&self.sign(signed));
        vec![(cbor::text("alg"), cbor::integer(self.algorithm())), (cbor::text("sig"), signature)]
    }

    /// The public half as the entries of a COSE key (RFC 9052), each half in CBOR.
    pub fn cose(&self) -> Vec<cbor::Entry> {
        let head = |kind: i64, algorithm: i64| vec![(1, cbor::integer(kind)), (3, cbor::integer(algorithm))];
        let entries = match self {
            Self::Es256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let (x, y) = point.as_bytes()[1..].split_at(32);
                [head(2, -7), vec![(-1, cbor::integer(1)), (-2, cbor::bytes(x)), (-3, cbor::bytes(y))]].concat()
            }
            Self::Ed25519(key) => {
                let point = cbor::bytes(key.verifying_key().as_bytes());
                [head(1, -8), vec![(-1, cbor::integer(6)), (-2, point)]].concat()
            }
            Self::Rs256(key) => {
                let (n, e) = (key.n().to_be_bytes_trimmed_vartime(), key.e().to_be_bytes_trimmed_vartime());
                [head(3, -257), vec![(-1, cbor::bytes(&n)), (-2, cbor::bytes(&e))]].concat()
            }
        };
        entries.into_iter().map(|(label, value)| (cbor::integer(label), value)).collect()
    }

    /// The key that 1Password's authenticator keeps.
    pub fn kept_by_passkey(kept: &coset::CoseKey) -> Self {
        let secret = kept.params.iter().find(|(label, _)| *label == coset::Label::Int(-4)).map(|(_, value)| value);
        let secret = secret.and_then(Value::as_bytes).and_then(|secret| secret.as_slice().try_into().ok());
        let secret: [u8; 32] = secret.expect("a secret of 32 bytes");
        match kept.kty {
            coset::KeyType::Assigned(coset::iana::KeyType::EC2) => Self::es256(&secret),
            _ => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&secret)),
        }
    }
}

/// Random bytes.
pub fn random(draws: &mut ChaCha20Rng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    draws.fill_bytes(&mut bytes);
    bytes
}
