//! The other verdict: webauthn-rs-core's.
//!
//! Its version 0.6 reads Ed25519 keys and then says that it has no implementation for them, after it has checked all that
//! comes before. From there on `ed25519-dalek`, which 1Password's passkey signs with, takes the key and the signature,
//! and the few checks that webauthn-rs-core makes afterwards are repeated here.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_cbor_2::Value;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::internals::AuthenticatorData;
use webauthn_rs_core::proto::{
    AttestationFormat, Authentication, AuthenticationState, COSEAlgorithm, COSEKey, COSEKeyType, COSEOKPKey,
    Credential, EDDSACurve, ParsedAttestation, PublicKeyCredential, RegisterPublicKeyCredential, RegisteredExtensions,
    Registration, RegistrationState, UserVerificationPolicy,
};

use crate::ceremony::{Asked, Ceremony, Facts, Kind, ORIGIN, PARTY, Verdict};
use crate::data::BACKUP_ELIGIBLE;

/// What the other relying party says.
pub fn verdict(ceremony: &Ceremony) -> Verdict {
    judged(ceremony, |_| {})
}

/// What it says of an assertion when it is not told that the user was verified when the passkey was made, nor whether the
/// passkey could be copied then: both are rules of its own, and what it would check after them counts.
pub fn verdict_without_memory(ceremony: &Ceremony) -> Verdict {
    let sent: serde_json::Value = serde_json::from_str(&ceremony.sent).unwrap_or_default();
    let data =
        sent["response"]["authenticatorData"].as_str().map(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')));
    let flags = data.and_then(Result::ok).and_then(|data| data.get(32).copied()).unwrap_or_default();
    judged(ceremony, |passkey| {
        passkey.user_verified = false;
        passkey.registration_policy = UserVerificationPolicy::Preferred;
        passkey.backup_eligible = flags & BACKUP_ELIGIBLE != 0;
    })
}

fn judged(ceremony: &Ceremony, forget: impl FnOnce(&mut Credential)) -> Verdict {
    let verdict = match ceremony.kind {
        Kind::Registration => registered(&ceremony.asked, &ceremony.sent).map(|made| facts(&made)),
        Kind::Assertion => used(ceremony, forget),
    };
    match verdict {
        Ok(facts) => Verdict::Accepted(facts),
        Err(reason) => Verdict::Refused(reason),
    }
}

fn core() -> WebauthnCore {
    let origins = vec![Url::parse(ORIGIN).expect("an origin")];
    WebauthnCore::new_unsafe_experts_only("Example", PARTY, origins, Duration::from_mins(1), None, None)
}

fn policy(asked: &Asked) -> &'static str {
    if asked.verification_required { "required" } else { "preferred" }
}

/// The error's name, without what it carries.
fn named(error: &WebauthnError) -> String {
    let all = format!("{error:?}");
    all.split(|other: char| !other.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

fn registered(asked: &Asked, sent: &str) -> Result<Credential, String> {
    let read: RegisterPublicKeyCredential = serde_json::from_str(sent).map_err(|_| "Json")?;
    // Its state cannot be made with a challenge of ours, but it can be read.
    let state: RegistrationState = serde_json::from_value(json!({
        "policy": policy(asked), "exclude_credentials": [], "challenge": asked.challenge,
        "credential_algorithms": ["EDDSA", "ES256", "RS256"], "require_resident_key": false,
        "authenticator_attachment": null, "extensions": {}, "allow_synchronised_authenticators": true,
    }))
    .expect("a state");
    match core().register_credential(&read, &state, None) {
        Err(WebauthnError::SshPublicKeyEDUnsupported) => registered_by_dalek(asked, &read).map_err(str::to_owned),
        verdict => verdict.map_err(|error| named(&error)),
    }
}

/// An attestation object, read as webauthn-rs-core reads it.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    fmt: &'a str,
    att_stmt: Value,
    auth_data: &'a [u8],
}

fn registered_by_dalek(asked: &Asked, read: &RegisterPublicKeyCredential) -> Result<Credential, &'static str> {
    let object: Object<'_> = serde_cbor_2::from_slice(&read.response.attestation_object).map_err(|_| "Cbor")?;
    let data = AuthenticatorData::<Registration>::try_from(object.auth_data).map_err(|_| "ParseNOMFailure")?;
    let attested = data.acd.as_ref().ok_or("MissingAttestationCredentialData")?;
    let Value::Map(key) = &attested.credential_pk else { return Err("COSEKeyInvalidCBORValue") };
    let (Some(Value::Integer(6)), Some(Value::Bytes(x))) = (key.get(&Value::Integer(-1)), key.get(&Value::Integer(-2)))
    else {
        return Err("COSEKeyEDDSAInvalidCurve");
    };
    let point = x.as_slice().try_into().ok().and_then(|x| VerifyingKey::from_bytes(x).ok());
    let point = point.ok_or("COSEKeyEDDSAXInvalid")?;
    let statement = |name: &str| match &object.att_stmt {
        Value::Map(statement) => statement.get(&Value::Text(name.to_owned())),
        _ => None,
    };
    match object.fmt {
        "none" => {}
        "packed" => {
            if statement("alg") != Some(&Value::Integer(-8)) {
                return Err("AttestationStatementAlgMismatch");
            }
            let Some(Value::Bytes(signature)) = statement("sig") else { return Err("AttestationStatementSigMissing") };
            if !verifies(&point, object.auth_data, &read.response.client_data_json, signature) {
                return Err("AttestationStatementSigInvalid");
            }
        }
        _ => return Err("AttestationNotSupported"),
    }
    if data.backup_state && !data.backup_eligible {
        return Err("CredentialMayNotBeHardwareBound");
    }
    Ok(Credential {
        cred_id: attested.credential_id.clone(),
        cred: COSEKey {
            type_: COSEAlgorithm::EDDSA,
            key: COSEKeyType::EC_OKP(COSEOKPKey { curve: EDDSACurve::ED25519, x: x.clone() }),
        },
        counter: data.counter,
        transports: None,
        user_verified: data.user_verified,
        backup_eligible: data.backup_eligible,
        backup_state: data.backup_state,
        registration_policy: if asked.verification_required {
            UserVerificationPolicy::Required
        } else {
            UserVerificationPolicy::Preferred
        },
        extensions: RegisteredExtensions::default(),
        attestation: ParsedAttestation::default(),
        attestation_format: AttestationFormat::None,
    })
}

fn verifies(key: &VerifyingKey, data: &[u8], client_data: &[u8], signature: &[u8]) -> bool {
    let signed = [data, Sha256::digest(client_data).as_slice()].concat();
    let signature = Signature::from_slice(signature);
    signature.is_ok_and(|signature| ed25519_dalek::Verifier::verify(key, &signed, &signature).is_ok())
}

fn used(ceremony: &Ceremony, forget: impl FnOnce(&mut Credential)) -> Result<Facts, String> {
    let enrolment = ceremony.enrolment.as_ref().ok_or("NotEnrolled")?;
    let mut credential = registered(&enrolment.asked, &enrolment.sent).map_err(|_| "NotEnrolled")?;
    forget(&mut credential);
    let read: PublicKeyCredential = serde_json::from_str(&ceremony.sent).map_err(|_| "Json")?;
    let state: AuthenticationState = serde_json::from_value(json!({
        "credentials": [credential], "policy": policy(&ceremony.asked), "challenge": ceremony.asked.challenge,
        "appid": null, "allow_backup_eligible_upgrade": false,
    }))
    .expect("a state");
    match core().authenticate_credential(&read, &state) {
        Err(WebauthnError::SshPublicKeyEDUnsupported) => used_by_dalek(&credential, &read).map_err(str::to_owned),
        Err(error) => Err(named(&error)),
        Ok(seen) => Ok(Facts {
            count: seen.counter(),
            backup_eligible: seen.backup_eligible(),
            backed_up: seen.backup_state(),
            ..facts(&credential)
        }),
    }
}

fn used_by_dalek(credential: &Credential, read: &PublicKeyCredential) -> Result<Facts, &'static str> {
    let response = &read.response;
    let data = AuthenticatorData::<Authentication>::try_from(response.authenticator_data.as_slice())
        .map_err(|_| "ParseNOMFailure")?;
    let x = facts(credential).key;
    let key = VerifyingKey::from_bytes(x.as_slice().try_into().map_err(|_| "NoKey")?).map_err(|_| "NoKey")?;
    if !verifies(&key, &response.authenticator_data, &response.client_data_json, &response.signature) {
        return Err("AuthenticationFailure");
    }
    if (data.counter, credential.counter) != (0, 0) && data.counter <= credential.counter {
        return Err("CredentialPossibleCompromise");
    }
    Ok(Facts {
        count: data.counter,
        backup_eligible: data.backup_eligible,
        backed_up: data.backup_state,
        ..facts(credential)
    })
}

fn facts(made: &Credential) -> Facts {
    let key = match &made.cred.key {
        COSEKeyType::EC_OKP(key) => key.x.clone(),
        COSEKeyType::EC_EC2(key) => [key.x.as_slice(), key.y.as_slice()].concat(),
        COSEKeyType::RSA(key) => key.n.clone(),
    };
    Facts {
        id: made.cred_id.clone(),
        key,
        count: made.counter,
        backup_eligible: made.backup_eligible,
        backed_up: made.backup_state,
    }
}
