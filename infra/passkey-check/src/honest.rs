//! Honest passkeys, each made once and used once, of every form that the two ceremonies allow.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha20Rng;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::cbor;
use crate::ceremony::{Asked, Ceremony, Enrolment, Kind, ORIGIN, PARTY, encoded};
use crate::data::{ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, Data, EXTENSIONS, USER_PRESENT, USER_VERIFIED};
use crate::key::{Key, RsaKeys, random};

/// A passkey, made and used.
pub struct Honest {
    /// Who made it.
    pub by: &'static str,
    /// What it signs with.
    pub key: Key,
    /// Its id.
    pub id: Vec<u8>,
    /// Whose it is.
    pub user: Vec<u8>,
    /// What was asked for when it was made.
    pub asked_to_make: Asked,
    /// What the browser said then.
    pub made_client_data: Vec<u8>,
    /// The attestation object.
    pub object: Vec<u8>,
    /// What the browser sends around it.
    pub made: Value,
    /// What was asked for when it was used.
    pub asked_to_use: Asked,
    /// What the browser said then.
    pub used_client_data: Vec<u8>,
    /// What the authenticator said then.
    pub data: Vec<u8>,
    /// The signature over both.
    pub signature: Vec<u8>,
    /// What the browser sends around them.
    pub used: Value,
}

impl Honest {
    /// The ceremony with these answers of the browser.
    pub fn ceremony(&self, kind: Kind, sent: String, change: &str, signed_again: bool) -> Ceremony {
        let enrolment =
            || Enrolment { asked: self.asked_to_make.clone(), sent: self.made.to_string(), user: encoded(&self.user) };
        Ceremony {
            kind,
            by: self.by.to_owned(),
            change: change.to_owned(),
            signed_again,
            asked: if kind == Kind::Registration { &self.asked_to_make } else { &self.asked_to_use }.clone(),
            sent,
            enrolment: (kind == Kind::Assertion).then(enrolment),
        }
    }

    /// The attestation object's entries, each half as it stands.
    pub fn entries(&self) -> Vec<cbor::Entry> {
        cbor::entries(&self.object)
    }
}

/// A passkey of an authenticator that does whatever the standard lets one do.
pub fn by_any_authenticator(draws: &mut ChaCha20Rng, rsa: &RsaKeys) -> Honest {
    let key = Key::generate(draws, rsa);
    let id_length = *[16, 20, 32, 48, 64, 255, 256, 1023].choose(draws).expect("a length");
    let (id, user) = (random(draws, id_length), random(draws, 16));
    let backup = *[0, BACKUP_ELIGIBLE, BACKUP_ELIGIBLE | BACKED_UP].choose(draws).expect("flags");
    // What it was made with is always verified, so that a user who is verified never hangs on what was asked for.
    let verified = if draws.random_ratio(4, 5) { USER_VERIFIED } else { 0 };
    let count = if draws.random() { 0 } else { draws.random_range(1..1_000_000) };

    let asked_to_make = asked(draws, verified != 0);
    let made_client_data = client_data(draws, "webauthn.create", &asked_to_make.challenge);
    let aaguid = if draws.random() { vec![0; 16] } else { random(draws, 16) };
    let length = u16::try_from(id.len()).expect("a short id").to_be_bytes();
    let attested = [aaguid, length.to_vec(), id.clone(), cbor::map(&key.cose())].concat();
    let flags = USER_PRESENT | ATTESTED | verified | backup;
    let data = authenticator_data(flags, count, attested, extensions(draws, Kind::Registration));
    let object = object(draws, &key, &data, &made_client_data);
    let transports = [json!([]), json!(["usb"]), json!(["internal", "hybrid"]), json!(["nfc", "usb", "ble"])];
    let made = json!({
        "clientDataJSON": encoded(&made_client_data),
        "attestationObject": encoded(&object),
        "transports": transports.choose(draws).expect("transports"),
    });

    let verified = if draws.random_ratio(4, 5) { verified } else { 0 };
    let asked_to_use = asked(draws, verified != 0);
    let used_client_data = client_data(draws, "webauthn.get", &asked_to_use.challenge);
    let count = if count == 0 { 0 } else { count + draws.random_range(1..1000) };
    let flags = USER_PRESENT | verified | backup;
    let data = authenticator_data(flags, count, Vec::new(), extensions(draws, Kind::Assertion));
    let signature = key.sign(&signed(&data, &used_client_data));
    let mut used = json!({
        "clientDataJSON": encoded(&used_client_data),
        "authenticatorData": encoded(&data),
        "signature": encoded(&signature),
    });
    match draws.random_range(0..3) {
        0 => {}
        1 => used["userHandle"] = Value::Null,
        _ => used["userHandle"] = Value::from(encoded(&user)),
    }
    let (made, used) = (answer(&id, &made), answer(&id, &used));
    Honest {
        by: "any authenticator",
        key,
        id,
        user,
        asked_to_make,
        made_client_data,
        object,
        made,
        asked_to_use,
        used_client_data,
        data,
        signature,
        used,
    }
}

fn authenticator_data(flags: u8, count: u32, attested: Vec<u8>, rest: Vec<u8>) -> Vec<u8> {
    let extensions = if rest.is_empty() { 0 } else { EXTENSIONS };
    let relying_party = Sha256::digest(PARTY).to_vec();
    Data { relying_party, flags: flags | extensions, count, attested, rest }.bytes()
}

/// The attestation object, without a statement or with the key's own word.
fn object(draws: &mut ChaCha20Rng, key: &Key, data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let (format, statement) =
        if draws.random() { ("none", Vec::new()) } else { ("packed", key.own_word(&signed(data, client_data))) };
    cbor::map(&[
        (cbor::text("fmt"), cbor::text(format)),
        (cbor::text("attStmt"), cbor::map(&statement)),
        (cbor::text("authData"), cbor::bytes(data)),
    ])
}

/// What the browser sends around either.
fn answer(id: &[u8], response: &Value) -> Value {
    json!({
        "id": encoded(id), "rawId": encoded(id), "type": "public-key", "authenticatorAttachment": "platform",
        "clientExtensionResults": {}, "response": response,
    })
}

/// A challenge, and whether the user must be verified: only where the authenticator does that.
pub fn asked(draws: &mut ChaCha20Rng, verified: bool) -> Asked {
    Asked { challenge: encoded(&random(draws, 32)), verification_required: verified && draws.random() }
}

/// What an authenticator signs.
pub fn signed(data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [data, Sha256::digest(client_data).as_slice()].concat()
}

/// Client data as browsers write them, now and then with members of a later standard.
fn client_data(draws: &mut ChaCha20Rng, kind: &str, challenge: &str) -> Vec<u8> {
    let mut said = Map::new();
    said.insert("type".to_owned(), kind.into());
    said.insert("challenge".to_owned(), challenge.into());
    said.insert("origin".to_owned(), ORIGIN.into());
    if draws.random_ratio(3, 4) {
        said.insert("crossOrigin".to_owned(), false.into());
    }
    if draws.random_ratio(1, 4) {
        said.insert("other_keys_can_be_added_here".to_owned(), json!({ "do": ["not", "compare"], "template": 1 }));
    }
    Value::Object(said).to_string().into_bytes()
}

/// Extensions as authenticators write them: mostly none.
fn extensions(draws: &mut ChaCha20Rng, kind: Kind) -> Vec<u8> {
    let (text, yes) = (cbor::text, vec![0xF5]);
    let one = |name, value| cbor::map(&[(text(name), value)]);
    let written = match kind {
        Kind::Registration => [
            one("credProtect", cbor::integer(2)),
            one("hmac-secret", yes.clone()),
            cbor::map(&[(text("credBlob"), yes.clone()), (text("minPinLength"), cbor::integer(4))]),
        ],
        Kind::Assertion => [
            one("credBlob", cbor::bytes(&random(draws, 32))),
            one("hmac-secret", cbor::bytes(&random(draws, 48))),
            one("uvm", [cbor::head(cbor::ARRAY, 1), cbor::head(cbor::ARRAY, 1), cbor::integer(2)].concat()),
        ],
    };
    if draws.random_ratio(1, 4) { written.choose(draws).expect("an extension").clone() } else { Vec::new() }
}
