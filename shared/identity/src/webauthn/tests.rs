//! What becomes of the standard's passkeys when they are touched.

use super::vectors::{Vector, bytes, party};
use super::*;

/// ES256, no attestation, the user not verified, backed up.
fn none() -> Vector {
    Vector::of("none.ES256")
}

/// ES256 with its own word as attestation; enrolled with the user verified, used without.
fn own_word() -> Vector {
    Vector::of("packed-self.ES256")
}

/// ES256 with the statement of an authenticator's maker.
fn with_statement() -> Vector {
    Vector::of("packed.ES256")
}

/// The verdict on a registration whose attestation object has these bytes in the place of others.
fn made_with(vector: &Vector, old: &str, new: &str) -> Refused {
    assert!(vector.made.contains(old), "{old}");
    let attestation = bytes(&vector.made.replacen(old, new, 1));
    let registration = Registration { attestation, ..vector.registration() };
    registration.verify(&party(), UserVerification::Preferred).unwrap_err()
}

#[test]
fn the_user_was_verified_where_that_is_required() {
    let required = UserVerification::Required;
    assert_eq!(none().registration().verify(&party(), required).unwrap_err(), Refused::NotVerified);
    assert!(own_word().registration().verify(&party(), required).is_ok());
    assert_eq!(own_word().assertion().verify(&party(), required, &own_word().key()), Err(Refused::NotVerified));
}

#[test]
fn another_origin_and_another_relying_party_are_refused() {
    for origin in ["https://example.com", "https://www.example.org", "http://example.org", "https://example.org/"] {
        let other = RelyingParty { origins: vec![origin.to_owned()], ..party() };
        let verified = none().registration().verify(&other, UserVerification::Preferred);
        assert_eq!(verified.unwrap_err(), Refused::Origin, "{origin}");
    }
    let other = RelyingParty { id: "www.example.org".to_owned(), ..party() };
    let used = none().assertion().verify(&other, UserVerification::Preferred, &none().key());
    assert_eq!(used, Err(Refused::RelyingParty));
}

#[test]
fn what_was_made_for_one_ceremony_is_refused_in_the_other() {
    let used = Assertion { client_data: none().made_client_data.into_bytes(), ..none().assertion() };
    assert_eq!(used.verify(&party(), UserVerification::Preferred, &none().key()), Err(Refused::Ceremony));
    let made = Registration { client_data: none().used_client_data.into_bytes(), ..none().registration() };
    assert_eq!(made.verify(&party(), UserVerification::Preferred).unwrap_err(), Refused::Ceremony);
}

#[test]
fn a_frame_of_another_site_is_refused() {
    for extra in [r#""crossOrigin":true"#, r#""topOrigin":"https://evil.example""#] {
        let text = format!(r#"{{"type":"webauthn.create","challenge":"","origin":"https://example.org",{extra}}}"#);
        let made = Registration { client_data: text.into_bytes(), ..none().registration() };
        assert_eq!(made.verify(&party(), UserVerification::Preferred).unwrap_err(), Refused::Origin, "{extra}");
    }
}

#[test]
fn an_attestation_that_was_touched_is_refused() {
    // A statement where there is to be none; one byte of the own word's signature; another algorithm.
    assert_eq!(made_with(&none(), "6761747453746d74a0", "6761747453746d74a163616c6726"), Refused::Attestation);
    assert_eq!(made_with(&own_word(), "067a20754a", "067a20754b"), Refused::Attestation);
    assert_eq!(made_with(&own_word(), "63616c6726", "63616c6727"), Refused::Attestation);
    // Its own word without the signature, without the algorithm, with something else besides.
    assert_eq!(made_with(&own_word(), "63736967", "63736968"), Refused::Attestation);
    assert_eq!(made_with(&own_word(), "a263616c67", "a263616c66"), Refused::Attestation);
    assert_eq!(made_with(&own_word(), "a263616c6726", "a361780063616c6726"), Refused::Attestation);
    // No format; a format that is a number; one that stands twice.
    assert_eq!(made_with(&none(), "a363666d74646e6f6e65", "a2"), Refused::Malformed);
    assert_eq!(made_with(&none(), "63666d74646e6f6e65", "63666d7401"), Refused::Malformed);
    assert_eq!(
        made_with(&none(), "a363666d74646e6f6e65", "a463666d74646e6f6e6563666d74646e6f6e65"),
        Refused::Malformed
    );
    // Flags: nobody present, backed up without being eligible, extensions that are not there, no passkey.
    for (flags, expected) in [
        ("58", Refused::NobodyPresent),
        ("51", Refused::Backup),
        ("d9", Refused::Malformed),
        ("19", Refused::Malformed),
    ] {
        assert_eq!(made_with(&none(), "b55900", &format!("b5{flags}00")), expected, "{flags}");
    }
    // Another id inside than outside, and a point that is not on the curve.
    assert_eq!(made_with(&none(), "0020f91f", "0020f91e"), Refused::Malformed);
    assert_eq!(made_with(&none(), "215820afef", "215820afee"), Refused::Key);
}

#[test]
fn an_ed25519_key_that_is_no_point_is_taken_and_verifies_no_signature() {
    let vector = Vector::of("packed.EdDSA");
    let key = vector.made.find("215820").map(|at| vector.made[at + 6..at + 70].to_owned()).unwrap();
    // No point of the curve has this y (RFC 8032, section 5.1.3).
    let off = format!("02{}", "00".repeat(31));
    let attestation = bytes(&vector.made.replacen(&key, &off, 1));
    let registration = Registration { attestation, ..vector.registration() };
    let key = registration.verify(&party(), UserVerification::Preferred).unwrap().public_key;
    let used = vector.assertion().verify(&party(), UserVerification::Preferred, &key);
    assert_eq!(used, Err(Refused::Signature));
}

#[test]
fn a_statement_that_was_not_asked_for_is_dropped_and_the_passkey_taken() {
    let taken = |vector: &Vector, old: &str, new: &str| {
        assert!(vector.made.contains(old), "{old}");
        let attestation = bytes(&vector.made.replacen(old, new, 1));
        let registration = Registration { attestation, ..vector.registration() };
        registration.verify(&party(), UserVerification::Preferred).unwrap().public_key
    };
    // Whatever it says: the signature is not looked at, nor a format that there is not.
    assert_eq!(taken(&with_statement(), "63616c6726", "63616c6727"), with_statement().key());
    assert_eq!(taken(&none(), "63666d74646e6f6e65", "63666d74686669646f2d753266"), none().key());
    assert_eq!(taken(&none(), "63666d74646e6f6e65", "63666d7465666f726d74"), none().key());
    // Nor a member of the attestation object that the standard does not have yet.
    assert_eq!(taken(&none(), "a363666d74", "a4626570f563666d74"), none().key());
}

#[test]
fn client_data_are_read_as_the_standard_reads_them() {
    let sent = |client_data: String| {
        let registration = Registration { client_data: client_data.into_bytes(), ..none().registration() };
        registration.verify(&party(), UserVerification::Preferred).map(|_| ())
    };
    let honest = none().made_client_data;
    assert_eq!(sent(format!("\u{feff}{honest}")), Ok(()), "a byte order mark");
    assert_eq!(sent(honest.replace("false", "null")), Ok(()), "no word about frames");
    assert_eq!(sent(honest.replace("false", "null,\"topOrigin\":null")), Ok(()));
    assert_eq!(sent(honest.replace("false", "true")), Err(Refused::Origin));
    assert_eq!(sent(honest.replace("false", "\"false\"")), Err(Refused::Malformed));
    assert_eq!(sent(honest.replace("\"type\"", "\"type\":\"webauthn.get\",\"type\"")), Err(Refused::Malformed));
}

#[test]
fn keys_that_were_not_asked_for_are_refused() {
    let made = none().made;
    let cose = made.split_at(made.find("a5010203").unwrap()).1;
    // ES384 and ES256K by name, the curve P-384, a negative y, and the key type of RSA.
    for (old, new) in [
        ("a5010203262001", "a501020338222001"),
        ("a5010203262001", "a5010203382e2001"),
        ("a5010203262001", "a5010203262002"),
        ("a5010203262001", "a5010303262001"),
    ] {
        assert_eq!(PublicKey::parse(&bytes(&cose.replacen(old, new, 1))), Err(Refused::Key), "{new}");
    }
    let mut key = bytes(cose);
    assert!(PublicKey::parse(&key).is_ok());
    key.push(0);
    assert_eq!(PublicKey::parse(&key), Err(Refused::Key), "something follows it");
}

#[test]
fn a_signature_is_of_one_passkey_over_these_bytes() {
    let verdict = |assertion: &Assertion, key: &PublicKey| assertion.verify(&party(), UserVerification::Preferred, key);
    assert_eq!(verdict(&none().assertion(), &own_word().key()), Err(Refused::Signature));
    assert_eq!(verdict(&none().assertion(), &PublicKey::nobodys().unwrap()), Err(Refused::Signature));
    let counted =
        Assertion { authenticator_data: bytes(&none().used.replace("1900000000", "1900000001")), ..none().assertion() };
    assert_eq!(verdict(&counted, &none().key()), Err(Refused::Signature));
    let longer = Assertion { authenticator_data: bytes(&format!("{}00", none().used)), ..none().assertion() };
    assert_eq!(verdict(&longer, &none().key()), Err(Refused::Malformed));
    for signature in ["", "00", "3006020101020101"] {
        let other = Assertion { signature: bytes(signature), ..none().assertion() };
        assert_eq!(verdict(&other, &none().key()), Err(Refused::Signature), "{signature}");
    }
}

#[test]
fn a_count_that_does_not_rise_is_seen() {
    let seen = |sign_count| Seen { sign_count, backup_eligible: false, backed_up: false };
    assert!(!seen(0).went_back(0), "it does not count");
    assert!(!seen(6).went_back(5) && !seen(1).went_back(0));
    assert!(seen(5).went_back(5) && seen(4).went_back(5) && seen(0).went_back(5));
}

#[test]
fn nothing_that_is_sent_brings_the_reader_down() {
    let made = bytes(&none().made);
    for length in 0..made.len() {
        let attestation = made.get(..length).unwrap().to_vec();
        let registration = Registration { attestation, ..none().registration() };
        assert!(registration.verify(&party(), UserVerification::Preferred).is_err());
    }
    // Lists within lists, and a string that claims to be longer than memory.
    for attestation in [vec![0x81; 60_000], bytes("5bffffffffffffffff"), bytes("9bffffffffffffffff")] {
        let registration = Registration { attestation, ..none().registration() };
        assert_eq!(registration.verify(&party(), UserVerification::Preferred).unwrap_err(), Refused::Malformed);
    }
}
