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
    pub making: Asked,
    /// What the browser said then.
    pub made_client_data: Vec<u8>,
    /// The attestation object.
    pub object: Vec<u8>,
    /// What the browser sends around it.
    pub made: Value,
    /// What was asked for when it was used.
    pub using: Asked,
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
            || Enrolment { asked: self.making.clone(), sent: self.made.to_string(), user: encoded(&self.user) };
        Ceremony {
            kind,
            by: self.by.to_owned(),
            change: change.to_owned(),
            signed_again,
            asked: if kind == Kind::Registration { &self.making } else { &self.using }.clone(),
            sent,
            enrolment: (kind == Kind::Assertion).then(enrolment),
        }
    }

    /// The attestation object's entries, each half as it stands.
    pub fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
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

    let making = asked(draws, verified != 0);
    let made_client_data = client_data(draws, "webauthn.create", &making.challenge);
    let mut data = Data {
        relying_party: Sha256::digest(PARTY).to_vec(),
        flags: USER_PRESENT | ATTESTED | verified | backup,
        count,
        attested: Vec::new(),
        rest: extensions(draws, Kind::Registration),
    };
    let aaguid = if draws.random() { vec![0; 16] } else { random(draws, 16) };
    let length = u16::try_from(id.len()).expect("a short id").to_be_bytes();
    data.attested = [aaguid, length.to_vec(), id.clone(), cbor::map(&key.cose())].concat();
    data.flags |= if data.rest.is_empty() { 0 } else { EXTENSIONS };
    let data = data.bytes();
    let (format, statement) = if draws.random() {
        ("none", cbor::map(&[]))
    } else {
        let signature = key.sign(&signed(&data, &made_client_data));
        let own = [(cbor::text("alg"), cbor::integer(key.algorithm())), (cbor::text("sig"), cbor::bytes(&signature))];
        ("packed", cbor::map(&own))
    };
    let object = cbor::map(&[
        (cbor::text("fmt"), cbor::text(format)),
        (cbor::text("attStmt"), statement),
        (cbor::text("authData"), cbor::bytes(&data)),
    ]);

    let verified = if draws.random_ratio(4, 5) { verified } else { 0 };
    let using = asked(draws, verified != 0);
    let used_client_data = client_data(draws, "webauthn.get", &using.challenge);
    let mut data = Data {
        relying_party: Sha256::digest(PARTY).to_vec(),
        flags: USER_PRESENT | verified | backup,
        count: if count == 0 { 0 } else { count + draws.random_range(1..1000) },
        attested: Vec::new(),
        rest: extensions(draws, Kind::Assertion),
    };
    data.flags |= if data.rest.is_empty() { 0 } else { EXTENSIONS };
    let data = data.bytes();
    let signature = key.sign(&signed(&data, &used_client_data));

    let transports = [json!([]), json!(["usb"]), json!(["internal", "hybrid"]), json!(["nfc", "usb", "ble"])];
    let made = answer(
        &id,
        json!({
            "clientDataJSON": encoded(&made_client_data),
            "attestationObject": encoded(&object),
            "transports": transports.choose(draws).expect("transports"),
        }),
    );
    let mut response = json!({
        "clientDataJSON": encoded(&used_client_data),
        "authenticatorData": encoded(&data),
        "signature": encoded(&signature),
    });
    match draws.random_range(0..3) {
        0 => {}
        1 => response["userHandle"] = Value::Null,
        _ => response["userHandle"] = Value::from(encoded(&user)),
    }
    let used = answer(&id, response);
    let by = "any authenticator";
    Honest { by, key, id, user, making, made_client_data, object, made, using, used_client_data, data, signature, used }
}

/// What the browser sends around either.
fn answer(id: &[u8], response: Value) -> Value {
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
