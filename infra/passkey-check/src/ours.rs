//! Latchkey's verdict, by the same calls as its endpoints make: the JSON is read, the challenge looked up, the passkey
//! found by its id, the user compared, and the rest verified.

use ciborium::Value;
use latchkey_identity::webauthn::{AssertionJson, PublicKey, Registered, RegistrationJson, RelyingParty, UserVerification};

use crate::ceremony::{Asked, Ceremony, Facts, Kind, ORIGIN, PARTY, Verdict, decoded};

/// What Latchkey says.
pub fn verdict(ceremony: &Ceremony) -> Verdict {
    let verdict = match ceremony.kind {
        Kind::Registration => registered(&ceremony.asked, &ceremony.sent).map(|made| Verdict::Accepted(facts(&made))),
        Kind::Assertion => used(ceremony),
    };
    verdict.unwrap_or_else(Verdict::Refused)
}

fn party() -> RelyingParty {
    RelyingParty { id: PARTY.to_owned(), origins: vec![ORIGIN.to_owned()] }
}

fn verification(asked: &Asked) -> UserVerification {
    if asked.verification_required { UserVerification::Required } else { UserVerification::Preferred }
}

fn registered(asked: &Asked, sent: &str) -> Result<Registered, String> {
    let read: RegistrationJson = serde_json::from_str(sent).map_err(|_| "Json")?;
    let registration = read.read().map_err(|_| "Unreadable")?;
    if registration.challenge().map_err(named)?.encoded() != asked.challenge {
        return Err("Challenge".to_owned());
    }
    registration.verify(&party(), verification(asked)).map_err(named)
}

fn used(ceremony: &Ceremony) -> Result<Verdict, String> {
    let enrolment = ceremony.enrolment.as_ref().ok_or("NotEnrolled")?;
    let passkey = registered(&enrolment.asked, &enrolment.sent).map_err(|_| "NotEnrolled")?;
    let read: AssertionJson = serde_json::from_str(&ceremony.sent).map_err(|_| "Json")?;
    let assertion = read.read().map_err(|_| "Unreadable")?;
    if assertion.challenge().map_err(named)?.encoded() != ceremony.asked.challenge {
        return Err("Challenge".to_owned());
    }
    if assertion.credential_id() != passkey.credential_id {
        return Err("UnknownPasskey".to_owned());
    }
    if !assertion.may_be_of(&decoded(&enrolment.user)) {
        return Err("OtherUser".to_owned());
    }
    let seen = assertion.verify(&party(), verification(&ceremony.asked), &passkey.public_key).map_err(named)?;
    let facts = Facts {
        count: seen.sign_count,
        backup_eligible: seen.backup_eligible,
        backed_up: seen.backed_up,
        ..facts(&passkey)
    };
    Ok(if seen.went_back(passkey.sign_count) { Verdict::Suspicious(facts) } else { Verdict::Accepted(facts) })
}

fn named(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

fn facts(made: &Registered) -> Facts {
    Facts {
        id: made.credential_id.clone(),
        key: point(&made.public_key),
        count: made.sign_count,
        backup_eligible: made.backup_eligible,
        backed_up: made.backed_up,
    }
}

/// The coordinates or the modulus, from the key as it is stored.
fn point(key: &PublicKey) -> Vec<u8> {
    let stored = decoded(&String::from(key.clone()));
    let read: Value = ciborium::de::from_reader(stored.as_slice()).expect("a stored key is CBOR");
    let entries = read.into_map().expect("a stored key is a map");
    let kind = entries.iter().find(|(label, _)| *label == Value::from(1)).map(|(_, kind)| kind.clone());
    let labels: &[i64] = if kind == Some(Value::from(3)) { &[-1] } else { &[-2, -3] };
    let parameter = |label: &i64| entries.iter().find(|(name, _)| *name == Value::from(*label)).map(|(_, value)| value);
    labels.iter().filter_map(parameter).filter_map(Value::as_bytes).flatten().copied().collect()
}
