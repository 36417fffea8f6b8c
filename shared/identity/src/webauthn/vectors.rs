//! The test vectors of Web Authentication, Level 3 (sections 16.2 to 16.16): a passkey that is made and used, for each
//! algorithm and attestation format that the standard names.
//!
//! The standard derives their keys and identifiers from a seed, and so were these; `vectors.json` has the bytes in
//! hexadecimal, and client data as the text that they are.

use serde::Deserialize;

use super::*;

/// One of them.
#[derive(Deserialize)]
pub(super) struct Vector {
    pub(super) name: String,
    section: String,
    challenge: String,
    id: String,
    pub(super) made: String,
    pub(super) made_client_data: String,
    pub(super) used: String,
    pub(super) used_client_data: String,
    signature: String,
}

impl Vector {
    /// All of them, in the standard's order.
    pub(super) fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("vectors.json")).unwrap()
    }

    /// The one of this name.
    pub(super) fn of(name: &str) -> Self {
        Self::all().into_iter().find(|vector| vector.name == name).unwrap()
    }

    pub(super) fn registration(&self) -> Registration {
        Registration {
            credential_id: bytes(&self.id),
            client_data: self.made_client_data.clone().into_bytes(),
            attestation: bytes(&self.made),
            transports: Vec::new(),
        }
    }

    pub(super) fn assertion(&self) -> Assertion {
        Assertion {
            credential_id: bytes(&self.id),
            client_data: self.used_client_data.clone().into_bytes(),
            authenticator_data: bytes(&self.used),
            signature: bytes(&self.signature),
            user_handle: None,
        }
    }

    pub(super) fn enrolled(&self) -> Result<Registered, Refused> {
        self.registration().verify(&party(), UserVerification::Preferred)
    }

    pub(super) fn key(&self) -> PublicKey {
        self.enrolled().unwrap().public_key
    }
}

pub(super) fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The relying party of the vectors.
pub(super) fn party() -> RelyingParty {
    RelyingParty { id: "example.org".to_owned(), origins: vec!["https://example.org".to_owned()] }
}

/// The vectors that must not be enrolled, and why.
const REFUSED: [(&str, Refused); 5] = [
    // Made in a frame on another site's page.
    ("none.ES256.crossOrigin", Refused::Origin),
    ("none.ES256.topOrigin", Refused::Origin),
    // Of algorithms that are not asked for.
    ("packed.ES384", Refused::Key),
    ("packed.ES512", Refused::Key),
    ("packed.Ed448", Refused::Key),
];

#[test]
fn each_vector_of_an_algorithm_that_is_asked_for_is_enrolled_and_used() {
    let mut algorithms = Vec::new();
    for vector in Vector::all().iter().filter(|vector| REFUSED.iter().all(|(name, _)| *name != vector.name)) {
        let told = format!("{} ({})", vector.name, vector.section);
        let registered = vector.enrolled().unwrap_or_else(|refused| panic!("{told}: {refused}"));
        assert_eq!(registered.credential_id, bytes(&vector.id), "{told}");
        let seen = vector.assertion().verify(&party(), UserVerification::Preferred, &registered.public_key).unwrap();
        assert_eq!((seen.sign_count, seen.backup_eligible), (0, registered.backup_eligible), "{told}");
        let kept: String = registered.public_key.clone().into();
        assert_eq!(PublicKey::try_from(kept), Ok(registered.public_key.clone()), "{told}");
        algorithms.push(registered.public_key.algorithm());
    }
    assert_eq!(algorithms, [-7, -7, -7, -7, -257, -8, -7, -7, -7, -7]);
    assert!(ALGORITHMS.iter().all(|one| algorithms.contains(one)), "each that is asked for has a vector");
}

#[test]
fn each_other_vector_is_refused_for_its_own_reason() {
    for (name, expected) in REFUSED {
        let vector = Vector::of(name);
        assert_eq!(vector.enrolled().unwrap_err(), expected, "{name} ({})", vector.section);
    }
    // With the frame allowed for, those two are passkeys like others: it is the frame that they are refused for.
    for name in ["none.ES256.crossOrigin", "none.ES256.topOrigin"] {
        let vector = Vector::of(name);
        let attestation = attestation::Attestation::parse(&bytes(&vector.made)).unwrap();
        let data = authenticator_data::AuthenticatorData::parse(&attestation.authenticator_data).unwrap();
        let key = PublicKey::parse(data.attested.unwrap().public_key).unwrap();
        let used = vector.assertion().verify(&party(), UserVerification::Preferred, &key);
        assert_eq!(used, Err(Refused::Origin), "{name}");
        let digest = latchkey_kernel::secret::Digest::of(vector.used_client_data.as_bytes());
        let signed = [bytes(&vector.used).as_slice(), digest.as_bytes()].concat();
        assert!(key.verifies(&signed, &bytes(&vector.signature)), "{name}");
    }
}

#[test]
fn each_vector_answers_its_own_challenge() {
    for vector in Vector::all() {
        let expected = bytes(&vector.challenge);
        match vector.registration().challenge() {
            Ok(challenge) => assert!(challenge.digest().is(latchkey_kernel::secret::Digest::of(&expected).as_bytes())),
            // Ours have 32 bytes, and so have all of theirs but this one's.
            Err(refused) => assert_eq!((vector.name.as_str(), refused), ("packed.ES512", Refused::Malformed)),
        }
    }
}

#[test]
fn no_vector_is_verified_once_one_bit_of_it_has_changed() {
    for name in ["packed-self.ES256", "packed.RS256", "packed.EdDSA"] {
        let vector = Vector::of(name);
        let key = vector.key();
        let verdict = |assertion: &Assertion| assertion.verify(&party(), UserVerification::Preferred, &key);
        assert!(verdict(&vector.assertion()).is_ok(), "{name}");
        for at in 0..vector.assertion().signature.len() {
            let mut touched = vector.assertion();
            touched.signature[at] ^= 1;
            assert_eq!(verdict(&touched), Err(Refused::Signature), "{name}, byte {at} of the signature");
        }
        for at in 32..vector.assertion().authenticator_data.len() {
            let mut touched = vector.assertion();
            touched.authenticator_data[at] ^= 0x20;
            assert_eq!(verdict(&touched), Err(Refused::Signature), "{name}, byte {at} of the authenticator's data");
        }
        let other = Vector::of("none.ES256").key();
        let by_other = vector.assertion().verify(&party(), UserVerification::Preferred, &other);
        assert_eq!(by_other, Err(Refused::Signature), "{name}, another key");
    }
}
