//! Passkeys that 1Password's client and authenticator make and use: their own encoders, their own client data, their own
//! JSON. All that they draw comes from the run's seed.

use std::cell::RefCell;

use coset::iana::{self, EnumI64 as _};
use coset::{CoseKeyBuilder, cbor::Value as Cbor};
use passkey_authenticator::{
    Authenticator, CredentialIdLength, MemoryStore, UiHint, UserCheck, UserValidationMethod,
    extensions::HmacSecretConfig,
};
use passkey_client::{Client, DefaultClientData};
use passkey_crypto::rng::RngBackend;
use passkey_crypto::rust_crypto::{RustCryptoBackend, RustCryptoSecretKey, RustCryptoSha2};
use passkey_crypto::{CryptoBackend, Error, SecretKeyT as _};
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};
use url::Url;

use crate::ceremony::{Asked, ORIGIN, PARTY, decoded, encoded};
use crate::honest::{Honest, asked};
use crate::key::{Key, random};

thread_local! {
    static DRAWS: RefCell<ChaCha20Rng> = RefCell::new(ChaCha20Rng::seed_from_u64(0));
}

/// `RustCrypto` with randomness from the run's seed.
struct Seeded;

impl RngBackend for Seeded {
    fn random_vec(length: usize) -> Vec<u8> {
        DRAWS.with_borrow_mut(|draws| random(draws, length))
    }

    fn random_array<const N: usize>() -> [u8; N] {
        let mut bytes = [0; N];
        DRAWS.with_borrow_mut(|draws| draws.fill_bytes(&mut bytes));
        bytes
    }

    fn from_range(range: std::ops::RangeInclusive<u8>) -> u8 {
        DRAWS.with_borrow_mut(|draws| draws.random_range(range))
    }
}

impl CryptoBackend for Seeded {
    type Rng = Self;
    type Sha256 = RustCryptoSha2;
    type SecretKey = RustCryptoSecretKey;

    fn enumerate_algorithms(&self) -> Vec<iana::Algorithm> {
        RustCryptoBackend.enumerate_algorithms()
    }

    fn generate_key(&self, algorithm: iana::Algorithm) -> Result<RustCryptoSecretKey, Error> {
        let secret = Self::random_vec(32);
        let key = match algorithm {
            iana::Algorithm::ES256 => {
                let curve = iana::EllipticCurve::P_256;
                CoseKeyBuilder::new_ec2_priv_key(curve, vec![0; 32], vec![0; 32], secret).algorithm(algorithm)
            }
            iana::Algorithm::EdDSA => CoseKeyBuilder::new_okp_key()
                .algorithm(algorithm)
                .param(iana::OkpKeyParameter::Crv.to_i64(), Cbor::from(iana::EllipticCurve::Ed25519.to_i64()))
                .param(iana::OkpKeyParameter::D.to_i64(), Cbor::Bytes(secret)),
            _ => return Err("not asked for".into()),
        };
        RustCryptoSecretKey::from_cose_key(&key.build()).map_err(|error| format!("{error:?}").into())
    }
}

/// A user who always touches the authenticator and is verified or not.
struct User {
    verified: bool,
}

#[async_trait::async_trait]
impl UserValidationMethod for User {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification: verification && self.verified })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(self.verified)
    }
}

/// A passkey of 1Password's authenticator in 1Password's client.
pub fn by_passkey(draws: &mut ChaCha20Rng) -> Honest {
    DRAWS.set(ChaCha20Rng::from_seed(draws.random()));
    let verified = draws.random_ratio(4, 5);
    let (asked_to_make, asked_to_use) = (asked(draws, verified), asked(draws, verified));
    let user = random(draws, 16);
    let algorithm = if draws.random() { iana::Algorithm::ES256 } else { iana::Algorithm::EdDSA };
    let aaguid = Aaguid(draws.random());
    let mut authenticator = Authenticator::new(aaguid, MemoryStore::new(), User { verified }, Seeded);
    authenticator.set_make_credentials_with_signature_counter(draws.random());
    authenticator.set_make_credential_id_length(CredentialIdLength::randomized::<Seeded>());
    if draws.random() {
        authenticator = authenticator.hmac_secret(HmacSecretConfig::new_without_uv().enable_on_make_credential());
    }
    let mut client = Client::new(authenticator).user_verification_when_preferred(verified);

    let origin = Url::parse(ORIGIN).expect("an origin");
    let made = creation_options(&asked_to_make, &user, algorithm, &random(draws, 32));
    let made = wait(client.register(&origin, made, DefaultClientData)).expect("a passkey is made");
    let made = serde_json::to_value(made).expect("JSON");
    let id = bytes(&made, "/rawId");
    let used = request_options(&asked_to_use, &id, &random(draws, 32));
    let used = wait(client.authenticate(&origin, used, DefaultClientData)).expect("a passkey is used");
    let used = serde_json::to_value(used).expect("JSON");
    let key = Key::kept_by_passkey(&client.authenticator().store()[&id].key);
    Honest {
        by: "1Password's passkey",
        key,
        id,
        user,
        asked_to_make,
        made_client_data: bytes(&made, "/response/clientDataJSON"),
        object: bytes(&made, "/response/attestationObject"),
        made,
        asked_to_use,
        used_client_data: bytes(&used, "/response/clientDataJSON"),
        data: bytes(&used, "/response/authenticatorData"),
        signature: bytes(&used, "/response/signature"),
        used,
    }
}

fn bytes(answer: &Value, pointer: &str) -> Vec<u8> {
    decoded(answer.pointer(pointer).and_then(Value::as_str).expect("base64url"))
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn word(asked: &Asked) -> &'static str {
    if asked.verification_required { "required" } else { "preferred" }
}

fn creation_options<T: serde::de::DeserializeOwned>(
    asked: &Asked,
    user: &[u8],
    algorithm: iana::Algorithm,
    salt: &[u8],
) -> T {
    let options = json!({ "publicKey": {
        "rp": { "id": PARTY, "name": "Example" },
        "user": { "id": encoded(user), "name": "ada", "displayName": "Ada" },
        "challenge": asked.challenge,
        "pubKeyCredParams": [{ "type": "public-key", "alg": algorithm.to_i64() }],
        "authenticatorSelection": { "residentKey": "required", "userVerification": word(asked) },
        "extensions": { "credProps": true, "prf": { "eval": { "first": encoded(salt) } } },
    } });
    serde_json::from_value(options).expect("options")
}

fn request_options<T: serde::de::DeserializeOwned>(asked: &Asked, id: &[u8], salt: &[u8]) -> T {
    let options = json!({ "publicKey": {
        "rpId": PARTY,
        "challenge": asked.challenge,
        "allowCredentials": [{ "type": "public-key", "id": encoded(id) }],
        "userVerification": word(asked),
        "extensions": { "prf": { "eval": { "first": encoded(salt) } } },
    } });
    serde_json::from_value(options).expect("options")
}
