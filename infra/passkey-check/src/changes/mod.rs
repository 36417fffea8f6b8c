//! What is changed in an honest ceremony: one thing at a time, in what is signed, in what is sent, in the JSON around it or
//! in its text.

mod authenticator_data;
mod client_data;
mod json;
mod key;
mod object;
mod signature;

use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;
use serde_json::Value;

use crate::cbor::{self, Entry};
use crate::ceremony::{Ceremony, Kind, encoded};
use crate::data::Data;
use crate::honest::{Honest, signed};

/// A ceremony that is being changed.
pub struct Draft<'a> {
    /// Which of the two it is.
    pub kind: Kind,
    /// The honest passkey.
    pub honest: &'a Honest,
    /// Another one, of which parts may be taken.
    pub other: &'a Honest,
    /// What the browser says.
    pub client_data: Vec<u8>,
    /// What the authenticator says.
    pub data: Data,
    /// The attestation object's entries, of a registration.
    pub entries: Vec<Entry>,
    /// The attestation object, or the authenticator data of an assertion, once it is written.
    pub written: Vec<u8>,
    /// The signature of an assertion.
    pub signature: Vec<u8>,
    /// The passkey's id, as the browser tells it.
    pub id: Vec<u8>,
}

/// One change.
pub struct Change {
    /// The part and what becomes of it.
    pub name: &'static str,
    /// The ceremony that has this part; both if it is none.
    of: Option<Kind>,
    /// How often it is drawn, compared with others.
    weight: u32,
    make: Make,
}

enum Make {
    /// Before the signature, which is made anew every other time.
    Signed(fn(&mut Draft<'_>, &mut ChaCha20Rng)),
    /// The same, of the key's entries.
    Key(fn(&mut Vec<Entry>, &mut ChaCha20Rng)),
    /// The same, of the key as it is written.
    WrittenKey(fn(Vec<u8>, &mut ChaCha20Rng) -> Vec<u8>),
    /// Of the attestation object's entries, after the signature.
    Entries(fn(&mut Draft<'_>, &mut ChaCha20Rng)),
    /// Of the statement that is the key's own word, after the signature.
    Statement(fn(&mut Vec<Entry>, &mut ChaCha20Rng)),
    /// After it, before anything is encoded in base64.
    Sent(fn(&mut Draft<'_>, &mut ChaCha20Rng)),
    /// In the JSON.
    Json(fn(&mut Value, &mut ChaCha20Rng)),
    /// In its text.
    Text(fn(&mut String, &mut ChaCha20Rng)),
}

/// A change of what is signed.
const fn signed_part(name: &'static str, make: fn(&mut Draft<'_>, &mut ChaCha20Rng)) -> Change {
    Change { name, of: None, weight: 1, make: Make::Signed(make) }
}

/// A change of what is sent.
const fn sent_part(name: &'static str, make: fn(&mut Draft<'_>, &mut ChaCha20Rng)) -> Change {
    Change { name, of: None, weight: 1, make: Make::Sent(make) }
}

/// A change of the JSON.
const fn json(name: &'static str, make: fn(&mut Value, &mut ChaCha20Rng)) -> Change {
    Change { name, of: None, weight: 1, make: Make::Json(make) }
}

impl Change {
    /// The change, of registrations alone.
    const fn registration(self) -> Self {
        Self { of: Some(Kind::Registration), ..self }
    }

    /// The change, of assertions alone.
    const fn assertion(self) -> Self {
        Self { of: Some(Kind::Assertion), ..self }
    }

    /// The change, drawn so many times as often as others.
    const fn weighing(self, weight: u32) -> Self {
        Self { weight, ..self }
    }
}

/// All changes.
pub fn all() -> Vec<&'static Change> {
    let parts = [
        client_data::CHANGES,
        authenticator_data::CHANGES,
        key::CHANGES,
        object::CHANGES,
        signature::CHANGES,
        json::CHANGES,
    ];
    parts.into_iter().flatten().collect()
}

/// One change of this kind of ceremony.
pub fn draw(kind: Kind, draws: &mut ChaCha20Rng) -> &'static Change {
    let fitting: Vec<_> = all().into_iter().filter(|change| change.of.is_none_or(|of| of == kind)).collect();
    let total = fitting.iter().map(|change| change.weight).sum();
    let mut at = draws.random_range(0..total);
    let chosen = fitting.into_iter().find(|change| {
        let found = at < change.weight;
        at = at.saturating_sub(change.weight);
        found
    });
    chosen.expect("a change")
}

/// An honest ceremony with this change.
pub fn changed(change: &Change, kind: Kind, honest: &Honest, other: &Honest, draws: &mut ChaCha20Rng) -> Ceremony {
    let mut draft = Draft::of(kind, honest, other);
    match change.make {
        Make::Signed(make) => make(&mut draft, draws),
        Make::Key(make) => {
            let mut entries = cbor::entries(draft.data.key());
            make(&mut entries, draws);
            draft.data.set_key(&cbor::map(&entries));
        }
        Make::WrittenKey(make) => {
            let written = make(draft.data.key().to_vec(), draws);
            draft.data.set_key(&written);
        }
        _ => {}
    }
    let again = matches!(change.make, Make::Signed(_) | Make::Key(_) | Make::WrittenKey(_)) && draws.random();
    draft.write(again);
    match change.make {
        Make::Sent(make) => make(&mut draft, draws),
        Make::Entries(make) => {
            make(&mut draft, draws);
            draft.written = cbor::map(&draft.entries);
        }
        Make::Statement(make) => {
            let mut statement = draft.own_word();
            make(&mut statement, draws);
            set(&mut draft.entries, "fmt", &cbor::text("packed"));
            set(&mut draft.entries, "attStmt", &cbor::map(&statement));
            draft.written = cbor::map(&draft.entries);
        }
        _ => {}
    }
    let mut answer = draft.answer();
    if let Make::Json(make) = change.make {
        make(&mut answer, draws);
    }
    let mut text = answer.to_string();
    if let Make::Text(make) = change.make {
        make(&mut text, draws);
    }
    honest.ceremony(kind, text, change.name, again)
}

impl<'a> Draft<'a> {
    fn of(kind: Kind, honest: &'a Honest, other: &'a Honest) -> Self {
        let (client_data, data, entries) = match kind {
            Kind::Registration => {
                let entries = honest.entries();
                let data = named(&entries, "authData");
                (&honest.made_client_data, data[data.len() - payload(&data)..].to_vec(), entries)
            }
            Kind::Assertion => (&honest.used_client_data, honest.data.clone(), Vec::new()),
        };
        Self {
            kind,
            honest,
            other,
            client_data: client_data.clone(),
            data: Data::read(&data),
            entries,
            written: Vec::new(),
            signature: honest.signature.clone(),
            id: honest.id.clone(),
        }
    }

    /// The key's own word about itself, true.
    fn own_word(&self) -> Vec<Entry> {
        self.honest.key.own_word(&signed(&self.data.bytes(), &self.client_data))
    }

    /// Writes what the authenticator says, signed anew if that is wanted.
    fn write(&mut self, again: bool) {
        let data = self.data.bytes();
        if self.kind == Kind::Assertion {
            if again {
                self.signature = self.honest.key.sign(&signed(&data, &self.client_data));
            }
            self.written = data;
            return;
        }
        if again && named(&self.entries, "fmt") == cbor::text("packed") {
            let statement = cbor::map(&self.own_word());
            set(&mut self.entries, "attStmt", &statement);
        }
        set(&mut self.entries, "authData", &cbor::bytes(&data));
        self.written = cbor::map(&self.entries);
    }

    /// The browser's answer with these parts; the rest is as it was.
    fn answer(&self) -> Value {
        let (mut answer, name) = match self.kind {
            Kind::Registration => (self.honest.made.clone(), "attestationObject"),
            Kind::Assertion => (self.honest.used.clone(), "authenticatorData"),
        };
        (answer["id"], answer["rawId"]) = (encoded(&self.id).into(), encoded(&self.id).into());
        answer["response"]["clientDataJSON"] = encoded(&self.client_data).into();
        answer["response"][name] = encoded(&self.written).into();
        if self.kind == Kind::Assertion {
            answer["response"]["signature"] = encoded(&self.signature).into();
        }
        answer
    }
}

/// The value under a name, as it stands.
fn named(entries: &[Entry], name: &str) -> Vec<u8> {
    entries.iter().find(|(found, _)| *found == cbor::text(name)).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// Puts a value under a name.
fn set(entries: &mut [Entry], name: &str, value: &[u8]) {
    for (_, old) in entries.iter_mut().filter(|(found, _)| *found == cbor::text(name)) {
        *old = value.to_vec();
    }
}

/// How many bytes an honest byte string holds.
fn payload(string: &[u8]) -> usize {
    let read: Result<ciborium::Value, _> = ciborium::de::from_reader(string);
    read.ok().and_then(|value| value.as_bytes().map(Vec::len)).unwrap_or_default()
}

/// One of these.
fn one_of<T: Clone>(draws: &mut ChaCha20Rng, choices: &[T]) -> T {
    choices[draws.random_range(0..choices.len())].clone()
}

/// Turns one bit.
fn flip(bytes: &mut [u8], draws: &mut ChaCha20Rng) {
    if !bytes.is_empty() {
        let at = draws.random_range(0..bytes.len());
        bytes[at] ^= 1 << draws.random_range(0..8);
    }
}

/// Cuts off an end, of at least one byte.
fn cut(bytes: &mut Vec<u8>, draws: &mut ChaCha20Rng) {
    if !bytes.is_empty() {
        bytes.truncate(draws.random_range(0..bytes.len()));
    }
}
