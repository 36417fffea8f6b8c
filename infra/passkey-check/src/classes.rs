//! Where the two may differ, and why: each class is a condition on what was sent or changed and on both verdicts. A run
//! fails for a difference without a class, and for a class that it never met.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use serde_json::Value;

use crate::ceremony::{Ceremony, Facts, Kind, ORIGIN, Verdict};
use crate::data::Data;
use crate::theirs;

/// A ceremony and what both sides say of it.
pub struct Case<'a> {
    ceremony: &'a Ceremony,
    ours: &'a Verdict,
    theirs: &'a Verdict,
    sent: Value,
    client_data: Vec<u8>,
    said: Value,
    object: Cbor,
}

/// A difference that is meant.
pub struct Class {
    /// Its name.
    pub name: &'static str,
    /// Why it is so.
    pub reason: &'static str,
    /// Whether a case falls into it.
    pub meets: fn(&Case<'_>) -> bool,
}

/// All of them: first where we accept, then where we refuse.
pub const CLASSES: &[Class] = &[
    Class {
        name: "base64 of native apps",
        reason: "padding, the standard alphabet and line breaks name the same bytes, and the bytes are what is signed",
        meets: |case| {
            let outside =
                ["JSON: base64 with padding", "JSON: base64 in the standard alphabet", "JSON: base64 on several lines"];
            case.accepted_against(&["Json"]) && case.changed(&outside)
                || case.accepted_against(&["ParseJSONFailure"]) && case.changed(&["challenge: spelled otherwise"])
        },
    },
    Class {
        name: "a byte order mark before client data",
        reason: "the standard reads client data by UTF-8 decode, which passes over it (sections 7.1 and 7.2)",
        meets: |case| {
            case.accepted_against(&["ParseJSONFailure"]) && case.client_data.starts_with("\u{feff}".as_bytes())
        },
    },
    Class {
        name: "client data that are not UTF-8 in a member without meaning",
        reason: "UTF-8 decode replaces what is none, and the member is not read; in one that is read it is refused",
        meets: |case| case.accepted_against(&["ParseJSONFailure"]) && std::str::from_utf8(&case.client_data).is_err(),
    },
    Class {
        name: "token binding",
        reason: "Level 3 took it out of client data, so it is a member without meaning, whatever it holds",
        meets: |case| case.accepted_against(&["ParseJSONFailure"]) && !case.said["tokenBinding"].is_null(),
    },
    Class {
        name: "results of client extensions",
        reason: "none is asked for, they are not signed, and they are not read; webauthn-rs-core reads them into types",
        meets: |case| case.accepted_against(&["Json"]) && case.sent["clientExtensionResults"] != serde_json::json!({}),
    },
    Class {
        name: "values of an authenticator's extensions",
        reason: "none is asked for; their CBOR must be well formed, and what it means is not read",
        meets: |case| case.accepted_against(&["ParseNOMFailure"]) && case.ceremony.change.starts_with("extensions: "),
    },
    Class {
        name: "CBOR that the canonical form forbids",
        reason: "strings in pieces and members without meaning name the same bytes in one way only, and the bytes are signed",
        meets: |case| {
            let changes = [
                "object: authenticator data in pieces or no bytes",
                "object: its format in pieces",
                "object: more parts",
                "object: parts under names that are no text",
            ];
            case.accepted_against(&["ParseCBORFailure"]) && case.changed(&changes)
        },
    },
    Class {
        name: "a maker's attestation statement",
        reason: "none is asked for, so one that comes all the same is dropped and the passkey taken",
        meets: |case| {
            let reason = matches!(case.theirs, Verdict::Refused(reason) if reason.starts_with("Attestation") || reason == "X509DerInvalid");
            let own_word = case.format() == Some("packed") && case.statement("x5c").is_none();
            case.accepted() && reason && case.format().is_some_and(|format| format != "none") && !own_word
        },
    },
    Class {
        name: "RSA keys of more than 2,048 bits",
        reason: "up to 4,096 bits they are taken; webauthn-rs-core takes 2,048 alone",
        meets: |case| {
            case.accepted_against(&["COSEKeyRSANEInvalid"])
                && case.ours.facts().is_some_and(|made| made.key.len() > 256)
        },
    },
    Class {
        name: "an Ed25519 key that is no point",
        reason: "aws-lc reads the point when it verifies: such a passkey cannot sign in, like any key whose secret is unknown",
        meets: |case| {
            case.accepted_against(&["COSEKeyEDDSAXInvalid"])
                && case.ours.facts().is_some_and(|made| made.key.len() == 32)
        },
    },
    Class {
        name: "a second factor without verification",
        reason: "after a password presence is enough; webauthn-rs-core wants of a passkey for ever what it did once",
        meets: |case| {
            let asked = case.ceremony.asked.verification_required;
            case.accepted_against(&["UserNotVerified"]) && !asked && case.agree_without_memory()
        },
    },
    Class {
        name: "backup eligibility that changed",
        reason: "password managers changed it in an update; the use is good and goes on record",
        meets: |case| {
            let reasons = ["CredentialBackupEligibilityInconsistent", "CredentialMayNotBeHardwareBound"];
            case.accepted_against(&reasons) && case.agree_without_memory()
        },
    },
    Class {
        name: "a counter that did not go up",
        reason: "both notice; the standard leaves the answer to the relying party (section 7.2, step 22), and ours is a record",
        meets: |case| {
            matches!(case.ours, Verdict::Suspicious(_)) && case.theirs.refuses_for(&["CredentialPossibleCompromise"])
        },
    },
    Class {
        name: "an origin that no browser writes so",
        reason: "origins are compared as text; webauthn-rs-core reads a URL, of which paths, capitals and user names fall off",
        meets: |case| case.refused(&["Origin"]) && case.said["origin"] != ORIGIN && case.said["crossOrigin"] != true,
    },
    Class {
        name: "an assertion in a frame of another site",
        reason: "no page of ours asks in one; webauthn-rs-core looks at crossOrigin in registrations alone",
        meets: |case| {
            let assertion = case.ceremony.kind == Kind::Assertion;
            case.refused(&["Origin"]) && assertion && case.said["origin"] == ORIGIN && case.said["crossOrigin"] == true
        },
    },
    Class {
        name: "a top origin",
        reason: "there is one in frames alone (Level 3); webauthn-rs-core does not read it",
        meets: |case| case.refused(&["Origin", "Malformed"]) && !case.said["topOrigin"].is_null(),
    },
    Class {
        name: "a statement under the format none",
        reason: "that format has none (section 8.7); webauthn-rs-core does not look",
        meets: |case| {
            let empty = case.member("attStmt").is_some_and(|statement| statement.as_map().is_some_and(Vec::is_empty));
            case.refused(&["Attestation", "Malformed"]) && case.format() == Some("none") && !empty
        },
    },
    Class {
        name: "a key's own word with more in it",
        reason: "it is an algorithm and a signature and each once (section 8.2); webauthn-rs-core passes over the rest",
        meets: |case| {
            let parts = case.member("attStmt").and_then(Cbor::as_map).map_or(0, Vec::len);
            case.refused(&["Attestation"]) && case.format() == Some("packed") && parts > 2
        },
    },
    Class {
        name: "bytes in the place of a text",
        reason: "the object's names and its format are texts (section 6.5.4); webauthn-rs-core's reader takes either",
        meets: |case| {
            let names = case.object.as_map().is_some_and(|object| object.iter().any(|(name, _)| name.is_bytes()));
            case.refused(&["Malformed"]) && (names || case.member("fmt").is_some_and(Cbor::is_bytes))
        },
    },
    Class {
        name: "bytes behind the authenticator data",
        reason: "nothing announces them, so nothing checks them; webauthn-rs-core passes over them",
        meets: |case| case.refused(&["Malformed"]) && Data::has_more(&case.authenticator_data()),
    },
    Class {
        name: "an id that is not the passkey's",
        reason: "the browser's word and the signed one are one id; webauthn-rs-core takes the signed one",
        meets: |case| {
            let differs = case.theirs.facts().is_some_and(|made| Some(&made.id) != case.bytes("/rawId").as_ref());
            case.refused(&["Malformed"]) && case.ceremony.kind == Kind::Registration && differs
        },
    },
    Class {
        name: "an id of no byte or of more than 1,023",
        reason: "section 6.5.1; webauthn-rs-core takes none and up to 4,096, for keys that are to come",
        meets: |case| {
            let length = case.theirs.facts().map(|made| made.id.len());
            case.refused(&["Malformed"]) && length.is_some_and(|length| !(1..=1023).contains(&length))
        },
    },
    Class {
        name: "two ids outside",
        reason: "`id` and `rawId` name the same bytes (section 5.1); webauthn-rs-core reads the second alone",
        meets: |case| case.refused(&["Unreadable"]) && case.bytes("/id") != case.bytes("/rawId"),
    },
    Class {
        name: "a credential of another type",
        reason: "there is one type, `public-key`; webauthn-rs-core does not compare it",
        meets: |case| case.refused(&["Unreadable"]) && case.sent["type"] != "public-key",
    },
    Class {
        name: "another user's handle",
        reason: "section 7.2, step 6; webauthn-rs-core leaves it to its caller",
        meets: |case| {
            let handle = case.sent["response"]["userHandle"].as_str();
            let user = case.ceremony.enrolment.as_ref().map(|enrolment| enrolment.user.as_str());
            case.refused(&["OtherUser"]) && handle.is_some_and(|handle| !handle.is_empty()) && handle != user
        },
    },
    Class {
        name: "a COSE key that COSE does not describe",
        reason: "a parameter twice, tagged or of another type has two readers who see two keys (RFC 9052)",
        meets: |case| {
            let changes = [
                "key: a parameter twice",
                "key: a parameter tagged",
                "key: more parameters that COSE does not know",
                "key: tagged",
            ];
            case.refused(&["Key"]) && case.changed(&changes)
        },
    },
    Class {
        name: "tags",
        reason: "the canonical form of CTAP2 has none; webauthn-rs-core passes over them",
        meets: |case| {
            let parts = case.object.as_map().into_iter().flatten().flat_map(|(name, value)| [name, value]);
            let object = parts.chain([&case.object]).any(Cbor::is_tag);
            case.refused(&["Malformed"]) && (object || case.changed(&["extensions: empty, of no length or tagged"]))
        },
    },
    Class {
        name: "CBOR that is nested deeply",
        reason: "eight levels are read, of which the standard uses four; webauthn-rs-core reads 128",
        meets: |case| case.refused(&["Malformed"]) && case.ceremony.change.ends_with("nested deeply"),
    },
    Class {
        name: "another RSA exponent",
        reason: "65537 alone is in use, and a small one is a risk; webauthn-rs-core takes any of three bytes",
        meets: |case| case.refused(&["Key"]) && case.accepted_key() == Some(256),
    },
    Class {
        name: "a curve of another algorithm",
        reason: "ES256 is asked for and means P-256 here; webauthn-rs-core takes P-384 under its name",
        meets: |case| case.refused(&["Key"]) && case.accepted_key() == Some(96),
    },
];

impl<'a> Case<'a> {
    /// The case, taken apart.
    pub fn new(ceremony: &'a Ceremony, ours: &'a Verdict, theirs: &'a Verdict) -> Self {
        let sent = serde_json::from_str(&ceremony.sent).unwrap_or_default();
        let client_data = bytes(&sent, "/response/clientDataJSON").unwrap_or_default();
        let said = serde_json::from_slice(&client_data).unwrap_or_default();
        let object = bytes(&sent, "/response/attestationObject").unwrap_or_default();
        let object = ciborium::de::from_reader(object.as_slice()).unwrap_or(Cbor::Null);
        Self { ceremony, ours, theirs, sent, client_data, said, object }
    }

    fn accepted(&self) -> bool {
        self.ours.facts().is_some()
    }

    /// We accept, and they refuse for one of these reasons.
    fn accepted_against(&self, reasons: &[&str]) -> bool {
        self.accepted() && self.theirs.refuses_for(reasons)
    }

    /// We refuse for one of these reasons, and they accept.
    fn refused(&self, reasons: &[&str]) -> bool {
        self.ours.refuses_for(reasons) && self.theirs.facts().is_some()
    }

    fn changed(&self, changes: &[&str]) -> bool {
        changes.contains(&self.ceremony.change.as_str())
    }

    /// Whether both say the same once they only judge this use, and not what the passkey did before.
    fn agree_without_memory(&self) -> bool {
        match (self.ours, theirs::verdict_without_memory(self.ceremony)) {
            (Verdict::Accepted(ours), Verdict::Accepted(theirs)) => *ours == theirs,
            (Verdict::Suspicious(_), theirs) => theirs.refuses_for(&["CredentialPossibleCompromise"]),
            _ => false,
        }
    }

    fn member(&self, name: &str) -> Option<&Cbor> {
        self.object.as_map()?.iter().find(|(found, _)| found.as_text() == Some(name)).map(|(_, value)| value)
    }

    fn format(&self) -> Option<&str> {
        self.member("fmt")?.as_text()
    }

    fn statement(&self, name: &str) -> Option<&Cbor> {
        let statement = self.member("attStmt")?.as_map()?;
        statement.iter().find(|(found, _)| found.as_text() == Some(name)).map(|(_, value)| value)
    }

    fn authenticator_data(&self) -> Vec<u8> {
        let inside = self.member("authData").and_then(Cbor::as_bytes).cloned();
        inside.or_else(|| self.bytes("/response/authenticatorData")).unwrap_or_default()
    }

    fn bytes(&self, pointer: &str) -> Option<Vec<u8>> {
        bytes(&self.sent, pointer)
    }

    /// How long the key is that they accept.
    fn accepted_key(&self) -> Option<usize> {
        self.theirs.facts().map(|Facts { key, .. }| key.len())
    }
}

/// What a member in base64url holds.
fn bytes(sent: &Value, pointer: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(sent.pointer(pointer)?.as_str()?).ok()
}
