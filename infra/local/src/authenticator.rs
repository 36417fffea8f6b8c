//! An authenticator in software, with the browser around it: makes passkeys and uses them as Web Authentication, Level 3,
//! describes. For the tests, which also have it say what no honest one would, and for the benchmarks.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Somebody touched it.
pub const USER_PRESENT: u8 = 0x01;
/// It verified who.
pub const USER_VERIFIED: u8 = 0x04;
/// The passkey may be copied.
pub const BACKUP_ELIGIBLE: u8 = 0x08;
/// It was.
pub const BACKED_UP: u8 = 0x10;

/// What a passkey signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256, as every authenticator can.
    Es256,
    /// `EdDSA` on edwards25519, as current security keys do.
    Ed25519,
    /// RSA with PKCS #1 v1.5, as some computers' own authenticators do.
    Rs256,
}

impl Algorithm {
    /// As COSE numbers it.
    fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Ed25519 => -8,
            Self::Rs256 => -257,
        }
    }
}

#[derive(Debug)]
enum Key {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rs256(Box<RsaKeyPair>),
}

/// A passkey and the page that uses it. What it says can be changed between two uses.
#[derive(Debug)]
pub struct SoftPasskey {
    key: Key,
    algorithm: Algorithm,
    /// What the authenticator calls the passkey.
    pub credential_id: Vec<u8>,
    /// Whose it is.
    pub user_handle: Option<Vec<u8>>,
    /// The relying party that it says it is for.
    pub rp_id: String,
    /// The origin of the page.
    pub origin: String,
    /// What it says of presence, verification and backups.
    pub flags: u8,
    /// How often it says it was used; it counts up with each use unless it is zero.
    pub sign_count: u32,
    /// What it makes and uses passkeys for, in the place of `webauthn.create` and `webauthn.get`.
    pub ceremony: Option<&'static str>,
}

/// The cryptography or the options are not what they should be.
#[derive(Debug, thiserror::Error)]
#[error("the authenticator cannot do that: {0}")]
pub struct Unable(&'static str);

impl SoftPasskey {
    /// A passkey that is not enrolled anywhere yet, on a page of this origin. Its id is the number, so that tests can make
    /// two of one id.
    pub fn new(origin: &str, id: u64) -> Result<Self, Unable> {
        Self::of(Algorithm::Es256, origin, id)
    }

    /// The same with a key of this algorithm.
    pub fn of(algorithm: Algorithm, origin: &str, id: u64) -> Result<Self, Unable> {
        Ok(Self {
            key: Key::generate(algorithm)?,
            algorithm,
            credential_id: [&[0xC0; 24], id.to_be_bytes().as_slice()].concat(),
            user_handle: None,
            rp_id: String::new(),
            origin: origin.to_owned(),
            flags: USER_PRESENT | USER_VERIFIED,
            sign_count: 0,
            ceremony: None,
        })
    }

    /// Answers the options of an enrolment (`{"publicKey": …}`) as `toJSON()` writes it, and remembers whose it is.
    pub fn make(&mut self, options: &Value) -> Result<Value, Unable> {
        let asked = options.pointer("/publicKey/pubKeyCredParams").and_then(Value::as_array);
        if !asked.is_some_and(|asked| asked.iter().any(|one| one["alg"] == self.algorithm.number())) {
            return Err(Unable("make a key of an algorithm that is asked for"));
        }
        text(options, "/publicKey/rp/id")?.clone_into(&mut self.rp_id);
        let handle = URL_SAFE_NO_PAD.decode(text(options, "/publicKey/user/id")?);
        self.user_handle = Some(handle.map_err(|_| Unable("read the user"))?);
        let client_data = self.client_data("webauthn.create", text(options, "/publicKey/challenge")?);
        Ok(self.registration(&client_data, &self.attestation("none", &[0xA0])))
    }

    /// Answers the options of a sign-in (`{"publicKey": …}`) as `toJSON()` writes it.
    pub fn show(&mut self, options: &Value) -> Result<Value, Unable> {
        if self.sign_count > 0 {
            self.sign_count = self.sign_count.saturating_add(1);
        }
        let client_data = self.client_data("webauthn.get", text(options, "/publicKey/challenge")?);
        let data = [self.authenticator_data(self.flags), self.sign_count.to_be_bytes().to_vec()].concat();
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature = self.key.sign(&signed)?;
        let id = URL_SAFE_NO_PAD.encode(&self.credential_id);
        Ok(json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": self.user_handle.as_ref().map(|handle| URL_SAFE_NO_PAD.encode(handle)),
            },
        }))
    }

    /// An attestation object of this format, with this statement in CBOR.
    pub fn attestation(&self, format: &str, statement: &[u8]) -> Vec<u8> {
        let data = self.new_credential();
        let length = u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes();
        let text = |text: &str| [&[0x60 | u8::try_from(text.len()).unwrap_or(0)], text.as_bytes()].concat();
        [
            [0xA3].as_slice(),
            &text("fmt"),
            &text(format),
            &text("attStmt"),
            statement,
            &text("authData"),
            &[0x59],
            &length,
            &data,
        ]
        .concat()
    }

    /// What the browser sends of a new passkey with these client data and this attestation object.
    pub fn registration(&self, client_data: &[u8], attestation: &[u8]) -> Value {
        let id = URL_SAFE_NO_PAD.encode(&self.credential_id);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
                "transports": ["internal", "hybrid"],
            },
        })
    }

    /// What the browser says of a ceremony.
    pub fn client_data(&self, ceremony: &str, challenge: &str) -> Vec<u8> {
        let ceremony = self.ceremony.unwrap_or(ceremony);
        json!({ "type": ceremony, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        [Sha256::digest(self.rp_id.as_bytes()).as_slice(), &[flags]].concat()
    }

    /// The authenticator data of a new passkey, of no model.
    fn new_credential(&self) -> Vec<u8> {
        const ATTESTED: u8 = 0x40;
        let id_length = u16::try_from(self.credential_id.len()).unwrap_or(u16::MAX).to_be_bytes();
        [
            self.authenticator_data(self.flags | ATTESTED).as_slice(),
            self.sign_count.to_be_bytes().as_slice(),
            &[0; 16],
            &id_length,
            &self.credential_id,
            &self.key.cose(),
        ]
        .concat()
    }
}

impl Key {
    fn generate(algorithm: Algorithm) -> Result<Self, Unable> {
        let key = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Self::Es256),
            Algorithm::Ed25519 => Ed25519KeyPair::generate().map(Self::Ed25519),
            Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Box::new).map(Self::Rs256),
        };
        key.map_err(|_| Unable("make a key"))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unable> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(key) => {
                key.sign(&random, message).map(|signature| signature.as_ref().to_vec()).map_err(|_| Unable("sign"))
            }
            Self::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| Unable("sign"))?;
                Ok(signature)
            }
        }
    }

    /// The public half as a COSE key (RFC 9052, in CBOR).
    fn cose(&self) -> Vec<u8> {
        match self {
            // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
            Self::Es256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
                [&[0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20], x, &[0x22, 0x58, 0x20], y].concat()
            }
            // {1: 1 (OKP), 3: -8 (EdDSA), -1: 6 (Ed25519), -2: x}
            Self::Ed25519(key) => {
                let head = [0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
                [head.as_slice(), key.public_key().as_ref()].concat()
            }
            // {1: 3 (RSA), 3: -257 (RS256), -1: the modulus, -2: 65537}
            Self::Rs256(key) => {
                let head = [0xA4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x59, 0x01, 0x00];
                let modulus = key.public_key().modulus();
                let modulus = modulus.big_endian_without_leading_zero();
                [head.as_slice(), modulus, &[0x21, 0x43, 0x01, 0x00, 0x01]].concat()
            }
        }
    }
}

fn text<'a>(options: &'a Value, pointer: &str) -> Result<&'a str, Unable> {
    options.pointer(pointer).and_then(Value::as_str).ok_or(Unable("read the options"))
}
