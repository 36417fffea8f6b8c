//! The public key of a passkey: a COSE key (RFC 9052) of one of three algorithms.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coset::iana::{self, EnumI64 as _};
use coset::{AsCborValue as _, CoseKey, KeyType, Label, RegisteredLabelWithPrivate};
use serde::{Deserialize, Serialize};

use super::Refused;
use super::authenticator_data::take_cbor;

/// The algorithms that are asked for, as COSE numbers them, best first: Ed25519, ES256, RS256.
pub const ALGORITHMS: [i64; 3] = [-8, -7, -257];

/// The sizes of an RSA modulus, in bytes: below, it can be broken; above, it only costs time.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
/// 65537, the one exponent in use.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// A key, kept as the authenticator wrote it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    cose: Vec<u8>,
    algorithm: i64,
    key: Key,
}

#[derive(Clone, PartialEq, Eq)]
enum Key {
    /// A point of P-256, uncompressed (SEC 1).
    Es256(Vec<u8>),
    /// A point of edwards25519 (RFC 8032).
    Ed25519(Vec<u8>),
    /// The modulus of an RSA key.
    Rs256(Vec<u8>),
}

impl PublicKey {
    /// Reads a COSE key, and nothing but it. A point that is not on P-256 and a modulus that is none are refused here and
    /// not at the first sign-in; whether 32 bytes are a point of Ed25519 is first seen when a signature is verified.
    pub(super) fn parse(cose: &[u8]) -> Result<Self, Refused> {
        let mut rest = cose;
        let value = take_cbor(&mut rest)?;
        let read = CoseKey::from_cbor_value(value).map_err(|_| Refused::Key)?;
        let Some(RegisteredLabelWithPrivate::Assigned(algorithm)) = read.alg else { return Err(Refused::Key) };
        let key = match (algorithm, &read.kty) {
            (iana::Algorithm::ES256, KeyType::Assigned(iana::KeyType::EC2)) => {
                is_on(&read, iana::Ec2KeyParameter::Crv.to_i64(), iana::EllipticCurve::P_256)?;
                let (x, y) =
                    (coordinate(&read, iana::Ec2KeyParameter::X)?, coordinate(&read, iana::Ec2KeyParameter::Y)?);
                Key::Es256([&[4], x, y].concat())
            }
            (iana::Algorithm::EdDSA, KeyType::Assigned(iana::KeyType::OKP)) => {
                is_on(&read, iana::OkpKeyParameter::Crv.to_i64(), iana::EllipticCurve::Ed25519)?;
                Key::Ed25519(bytes(&read, iana::OkpKeyParameter::X.to_i64())?.to_vec())
            }
            (iana::Algorithm::RS256, KeyType::Assigned(iana::KeyType::RSA)) => {
                let modulus = bytes(&read, iana::RsaKeyParameter::N.to_i64())?;
                if !MODULUS.contains(&modulus.len()) || bytes(&read, iana::RsaKeyParameter::E.to_i64())? != EXPONENT {
                    return Err(Refused::Key);
                }
                Key::Rs256(modulus.to_vec())
            }
            _ => return Err(Refused::Key),
        };
        if !rest.is_empty() || key.parsed().is_none() {
            return Err(Refused::Key);
        }
        Ok(Self { cose: cose.to_vec(), algorithm: algorithm.to_i64(), key })
    }

    /// A key that is nobody's, for the work of an assertion of a passkey that there is not: P-256's own base point.
    pub fn nobodys() -> Option<Self> {
        const X: &str = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
        const Y: &str = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";
        let (x, y) = (URL_SAFE_NO_PAD.decode(X).ok()?, URL_SAFE_NO_PAD.decode(Y).ok()?);
        Some(Self { cose: Vec::new(), algorithm: -7, key: Key::Es256([vec![4], x, y].concat()) })
    }

    /// The algorithm's number.
    pub(super) fn algorithm(&self) -> i64 {
        self.algorithm
    }

    /// Whether this is its signature over the message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.parsed().is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }
}

impl Key {
    fn parsed(&self) -> Option<ParsedPublicKey> {
        match self {
            Self::Es256(point) => ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok(),
            Self::Ed25519(point) => ParsedPublicKey::new(&ED25519, point).ok(),
            Self::Rs256(n) => {
                let components = RsaPublicKeyComponents { n: n.as_slice(), e: &EXPONENT };
                components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()
            }
        }
    }
}

fn parameter(key: &CoseKey, label: i64) -> Result<&ciborium::Value, Refused> {
    let found = key.params.iter().find(|(name, _)| *name == Label::Int(label));
    found.map(|(_, value)| value).ok_or(Refused::Key)
}

fn bytes(key: &CoseKey, label: i64) -> Result<&[u8], Refused> {
    parameter(key, label)?.as_bytes().map(Vec::as_slice).ok_or(Refused::Key)
}

/// A coordinate in full: the standard takes no compressed points (section 5.8.5).
fn coordinate(key: &CoseKey, which: iana::Ec2KeyParameter) -> Result<&[u8], Refused> {
    bytes(key, which.to_i64()).and_then(|bytes| if bytes.len() == 32 { Ok(bytes) } else { Err(Refused::Key) })
}

fn is_on(key: &CoseKey, label: i64, curve: iana::EllipticCurve) -> Result<(), Refused> {
    let named = parameter(key, label)?.as_integer().and_then(|number| i64::try_from(number).ok());
    if named == Some(curve.to_i64()) { Ok(()) } else { Err(Refused::Key) }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        URL_SAFE_NO_PAD.encode(key.cose)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = Refused;

    fn try_from(text: String) -> Result<Self, Refused> {
        Self::parse(&URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused::Malformed)?)
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "PublicKey({})", self.algorithm)
    }
}
