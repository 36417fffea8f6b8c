//! The test vectors of Web Authentication, Level 3 (section 16), and what becomes of them when they are touched.

use super::*;

/// Section 16.2: ES256, no attestation, the user not verified, backed up.
const NONE: Vector = Vector {
    id: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
    made: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
    made_client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d",
    used: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
    used_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
    signature: "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
};

/// Section 16.3: ES256 with its own word as attestation; enrolled with the user verified, used without.
const OWN_WORD: Vector = Vector {
    id: "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
    made: "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
    made_client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
    used: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
    used_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
    signature: "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
};

struct Vector {
    id: &'static str,
    made: &'static str,
    made_client_data: &'static str,
    used: &'static str,
    used_client_data: &'static str,
    signature: &'static str,
}

impl Vector {
    fn registration(&self) -> Registration {
        Registration {
            credential_id: bytes(self.id),
            client_data: bytes(self.made_client_data),
            attestation: bytes(self.made),
            transports: Vec::new(),
        }
    }

    fn assertion(&self) -> Assertion {
        Assertion {
            credential_id: bytes(self.id),
            client_data: bytes(self.used_client_data),
            authenticator_data: bytes(self.used),
            signature: bytes(self.signature),
            user_handle: None,
        }
    }

    fn key(&self) -> PublicKey {
        self.registration().verify(&party(), UserVerification::Preferred).unwrap().public_key
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn party() -> RelyingParty {
    RelyingParty { id: "example.org".to_owned(), origins: vec!["https://example.org".to_owned()] }
}

/// The verdict on a registration whose attestation object has these bytes in the place of others.
fn made_with(vector: &Vector, old: &str, new: &str) -> Refused {
    assert!(vector.made.contains(old), "{old}");
    let attestation = bytes(&vector.made.replacen(old, new, 1));
    let registration = Registration { attestation, ..vector.registration() };
    registration.verify(&party(), UserVerification::Preferred).unwrap_err()
}

#[test]
fn the_passkeys_of_the_standard_are_enrolled_and_used() {
    for vector in [NONE, OWN_WORD] {
        let registered = vector.registration().verify(&party(), UserVerification::Preferred).unwrap();
        assert_eq!(registered.credential_id, bytes(vector.id));
        assert!(registered.backup_eligible && registered.backed_up);
        let seen = vector.assertion().verify(&party(), UserVerification::Preferred, &registered.public_key, true);
        assert_eq!(seen.unwrap().sign_count, 0);
        let kept: String = registered.public_key.clone().into();
        assert_eq!(PublicKey::try_from(kept), Ok(registered.public_key));
    }
    let challenge = "AMMPt4UxxGTStncdq417YDwBFi8vpIa-pw8oOuVW4TA";
    assert_eq!(NONE.registration().challenge().unwrap().encoded(), challenge);
}

#[test]
fn the_user_was_verified_where_that_is_required() {
    let required = UserVerification::Required;
    assert_eq!(NONE.registration().verify(&party(), required).unwrap_err(), Refused::NotVerified);
    assert!(OWN_WORD.registration().verify(&party(), required).is_ok());
    assert_eq!(OWN_WORD.assertion().verify(&party(), required, &OWN_WORD.key(), true), Err(Refused::NotVerified));
}

#[test]
fn another_origin_and_another_relying_party_are_refused() {
    for origin in ["https://example.com", "https://www.example.org", "http://example.org", "https://example.org/"] {
        let other = RelyingParty { origins: vec![origin.to_owned()], ..party() };
        let verified = NONE.registration().verify(&other, UserVerification::Preferred);
        assert_eq!(verified.unwrap_err(), Refused::Origin, "{origin}");
    }
    let other = RelyingParty { id: "www.example.org".to_owned(), ..party() };
    let used = NONE.assertion().verify(&other, UserVerification::Preferred, &NONE.key(), true);
    assert_eq!(used, Err(Refused::RelyingParty));
}

#[test]
fn what_was_made_for_one_ceremony_is_refused_in_the_other() {
    let used = Assertion { client_data: bytes(NONE.made_client_data), ..NONE.assertion() };
    assert_eq!(used.verify(&party(), UserVerification::Preferred, &NONE.key(), true), Err(Refused::Ceremony));
    let made = Registration { client_data: bytes(NONE.used_client_data), ..NONE.registration() };
    assert_eq!(made.verify(&party(), UserVerification::Preferred).unwrap_err(), Refused::Ceremony);
}

#[test]
fn a_frame_of_another_site_is_refused() {
    for extra in [r#""crossOrigin":true"#, r#""topOrigin":"https://evil.example""#] {
        let text = format!(r#"{{"type":"webauthn.create","challenge":"","origin":"https://example.org",{extra}}}"#);
        let made = Registration { client_data: text.into_bytes(), ..NONE.registration() };
        assert_eq!(made.verify(&party(), UserVerification::Preferred).unwrap_err(), Refused::Origin, "{extra}");
    }
}

#[test]
fn an_attestation_that_was_touched_is_refused() {
    // A statement where there is to be none; one byte of the own word's signature; another algorithm.
    assert_eq!(made_with(&NONE, "6761747453746d74a0", "6761747453746d74a163616c6726"), Refused::Attestation);
    assert_eq!(made_with(&OWN_WORD, "067a20754a", "067a20754b"), Refused::Attestation);
    assert_eq!(made_with(&OWN_WORD, "63616c6726", "63616c6727"), Refused::Attestation);
    // Formats that nobody asked for: a U2F key's, and none at all.
    assert_eq!(made_with(&NONE, "63666d74646e6f6e65", "63666d74686669646f2d753266"), Refused::Attestation);
    assert_eq!(made_with(&NONE, "a363666d74646e6f6e65", "a2"), Refused::Malformed);
    // Flags: nobody present, backed up without being eligible, extensions that are not there, no passkey.
    for (flags, expected) in [
        ("58", Refused::NobodyPresent),
        ("51", Refused::Backup),
        ("d9", Refused::Malformed),
        ("19", Refused::Malformed),
    ] {
        assert_eq!(made_with(&NONE, "b55900", &format!("b5{flags}00")), expected, "{flags}");
    }
    // Another id inside than outside, and a point that is not on the curve.
    assert_eq!(made_with(&NONE, "0020f91f", "0020f91e"), Refused::Malformed);
    assert_eq!(made_with(&NONE, "215820afef", "215820afee"), Refused::Key);
}

#[test]
fn keys_that_were_not_asked_for_are_refused() {
    // ES384 and ES256K by name, the curve P-384, a negative y, and the key type of RSA.
    for (old, new) in [
        ("a5010203262001", "a501020338222001"),
        ("a5010203262001", "a5010203382e2001"),
        ("a5010203262001", "a5010203262002"),
        ("a5010203262001", "a5010303262001"),
    ] {
        let key = NONE.made.get(NONE.made.find("a5010203").unwrap()..).unwrap().replacen(old, new, 1);
        assert_eq!(PublicKey::parse(&bytes(&key)), Err(Refused::Key), "{new}");
    }
    let mut key = bytes(NONE.made.get(NONE.made.find("a5010203").unwrap()..).unwrap());
    assert!(PublicKey::parse(&key).is_ok());
    key.push(0);
    assert_eq!(PublicKey::parse(&key), Err(Refused::Key), "something follows it");
}

#[test]
fn a_signature_is_of_one_passkey_over_these_bytes() {
    let verdict = |assertion: &Assertion, key: &PublicKey, eligible| {
        assertion.verify(&party(), UserVerification::Preferred, key, eligible)
    };
    assert_eq!(verdict(&NONE.assertion(), &OWN_WORD.key(), true), Err(Refused::Signature));
    assert_eq!(verdict(&NONE.assertion(), &NONE.key(), false), Err(Refused::Backup));
    assert_eq!(verdict(&NONE.assertion(), &PublicKey::nobodys().unwrap(), true), Err(Refused::Signature));
    let counted =
        Assertion { authenticator_data: bytes(&NONE.used.replace("1900000000", "1900000001")), ..NONE.assertion() };
    assert_eq!(verdict(&counted, &NONE.key(), true), Err(Refused::Signature));
    let longer = Assertion { authenticator_data: bytes(&format!("{}00", NONE.used)), ..NONE.assertion() };
    assert_eq!(verdict(&longer, &NONE.key(), true), Err(Refused::Malformed));
    for signature in ["", "00", "3006020101020101"] {
        let other = Assertion { signature: bytes(signature), ..NONE.assertion() };
        assert_eq!(verdict(&other, &NONE.key(), true), Err(Refused::Signature), "{signature}");
    }
}

#[test]
fn a_count_that_does_not_rise_is_seen() {
    let seen = |sign_count| Seen { sign_count, backed_up: false };
    assert!(!seen(0).went_back(0), "it does not count");
    assert!(!seen(6).went_back(5) && !seen(1).went_back(0));
    assert!(seen(5).went_back(5) && seen(4).went_back(5) && seen(0).went_back(5));
}

#[test]
fn nothing_that_is_sent_brings_the_reader_down() {
    let made = bytes(NONE.made);
    for length in 0..made.len() {
        let attestation = made.get(..length).unwrap().to_vec();
        let registration = Registration { attestation, ..NONE.registration() };
        assert!(registration.verify(&party(), UserVerification::Preferred).is_err());
    }
    // Lists within lists, and a string that claims to be longer than memory.
    for attestation in [vec![0x81; 60_000], bytes("5bffffffffffffffff"), bytes("9bffffffffffffffff")] {
        let registration = Registration { attestation, ..NONE.registration() };
        assert_eq!(registration.verify(&party(), UserVerification::Preferred).unwrap_err(), Refused::Malformed);
    }
}
