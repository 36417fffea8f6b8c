//! Changes of what the browser says.

use rand::RngExt as _;
use serde_json::{Map, Value, json};

use super::{Change, Draft, cut, flip, one_of, sent_part, signed_part};
use crate::ceremony::{ORIGIN, decoded, encoded};
use crate::key::random;

/// The changes.
pub(super) const CHANGES: &[Change] = &[
    signed_part("client data: a bit", |draft, draws| flip(&mut draft.client_data, draws)).weighing(4),
    signed_part("client data: cut short", |draft, draws| cut(&mut draft.client_data, draws)).weighing(2),
    signed_part("client data: of another ceremony", |draft, _| {
        draft.client_data = draft.other.made_client_data.clone();
    }),
    sent_part("client data: of the same passkey's other ceremony", |draft, _| {
        let (made, used) = (&draft.honest.made_client_data, &draft.honest.used_client_data);
        draft.client_data = if draft.client_data == *made { used } else { made }.clone();
    }),
    signed_part("type: another", |draft, draws| {
        let kinds = ["webauthn.create", "webauthn.get", "payment.get", "Webauthn.create", "webauthn.get ", ""];
        put(draft, "type", one_of(draws, &kinds));
    })
    .weighing(2),
    signed_part("challenge: another", |draft, draws| put(draft, "challenge", encoded(&random(draws, 32)))),
    signed_part("challenge: a bit", |draft, draws| {
        let mut challenge = challenge(draft);
        flip(&mut challenge, draws);
        put(draft, "challenge", encoded(&challenge));
    }),
    signed_part("challenge: shorter or longer", |draft, draws| {
        let challenge = one_of(
            draws,
            &[&challenge(draft)[..31], &[challenge(draft).as_slice(), &[0]].concat(), &[]].map(<[u8]>::to_vec),
        );
        put(draft, "challenge", encoded(&challenge));
    }),
    signed_part("challenge: spelled otherwise", |draft, draws| {
        let text = encoded(&challenge(draft));
        let spellings = [format!("{text}="), text.replace('-', "+").replace('_', "/"), format!("{text}\n")];
        put(draft, "challenge", one_of(draws, &spellings));
    })
    .weighing(2),
    signed_part("challenge: no base64url", |draft, draws| {
        let text = encoded(&challenge(draft));
        let spellings = [format!("{text}=="), format!("{text}*"), format!("{}Q", &text[..42]), text[1..].to_owned()];
        put(draft, "challenge", one_of(draws, &spellings));
    }),
    signed_part("origin: another", |draft, draws| {
        let others = [
            "https://www.example.org",
            "https://example.com",
            "http://example.org",
            "https://example.org:8443",
            "https://example.org.evil.example",
            "https://evil.example",
            "https://evilexample.org",
            "null",
            "",
            "android:apk-key-hash:Ei8ab",
            "https://example.org@evil.example",
            "https://example.org.",
            "file://",
        ];
        put(draft, "origin", one_of(draws, &others));
    })
    .weighing(4),
    signed_part("origin: spelled otherwise", |draft, draws| {
        let spellings = [
            "https://example.org/",
            "HTTPS://EXAMPLE.ORG",
            "https://example.org:443",
            "https://example.org/sign-in",
            "https://ada@example.org",
            "https://example.org?q",
            " https://example.org ",
            "https:example.org",
        ];
        put(draft, "origin", one_of(draws, &spellings));
    })
    .weighing(3),
    signed_part("a member: left out", |draft, draws| {
        let name = one_of(draws, &["type", "challenge", "origin", "crossOrigin"]);
        edit(draft, |said| drop(said.shift_remove(name)));
    })
    .weighing(2),
    signed_part("a member: of another type", |draft, draws| {
        let name = one_of(draws, &["type", "challenge", "origin", "crossOrigin"]);
        put(draft, name, one_of(draws, &[Value::Null, json!(1), json!([]), json!({}), json!(["https://example.org"])]));
    })
    .weighing(2),
    signed_part("a member: twice", |draft, draws| {
        let again = one_of(
            draws,
            &[
                r#"{"origin":"https://evil.example","#,
                r#"{"origin":"https://example.org","#,
                r#"{"type":"webauthn.get","#,
                r#"{"crossOrigin":true,"#,
                r#"{"challenge":"","#,
                r#"{"extra":1,"extra":2,"#,
            ],
        );
        draft.client_data = [again.as_bytes(), &draft.client_data[1..]].concat();
    }),
    signed_part("a member: that the standard does not have", |draft, draws| {
        put(draft, "later", one_of(draws, &[Value::Null, json!({ "a": [{}, 1.5e300] }), json!("\u{0}\u{fffd}")]));
    }),
    signed_part("crossOrigin: true", |draft, _| put(draft, "crossOrigin", true)).weighing(2),
    signed_part("topOrigin: there", |draft, draws| {
        put(draft, "topOrigin", one_of(draws, &["https://evil.example", ORIGIN, ""]));
        put(draft, "crossOrigin", draws.random::<bool>());
    })
    .weighing(2),
    signed_part("topOrigin: no text", |draft, draws| {
        put(draft, "topOrigin", one_of(draws, &[json!(1), json!({}), Value::Null]));
    }),
    signed_part("tokenBinding: there", |draft, draws| {
        let binding = [json!({ "status": "supported" }), json!({ "status": "present", "id": "AAEC" }), Value::Null];
        put(draft, "tokenBinding", one_of(draws, &binding));
    }),
    signed_part("tokenBinding: none that there was", |draft, draws| {
        put(draft, "tokenBinding", one_of(draws, &[json!(1), json!({ "status": "unheard of" }), json!("present")]));
    }),
    signed_part("client data: a byte order mark", |draft, _| {
        draft.client_data = ["\u{feff}".as_bytes(), &draft.client_data].concat();
    })
    .weighing(2),
    signed_part("client data: blanks around", |draft, _| {
        draft.client_data = [b"\r\n\t ".as_slice(), &draft.client_data, b" \n"].concat();
    }),
    signed_part("client data: something behind", |draft, draws| {
        draft.client_data.extend(one_of(draws, &[b"{}".as_slice(), b"\0", b",", b"x"]));
    }),
    signed_part("client data: escaped", |draft, _| {
        let text = String::from_utf8(draft.client_data.clone()).expect("text");
        draft.client_data = text.replace("https:", r"\u0068ttps:").replace("//", r"\/\/").into_bytes();
    }),
    signed_part("client data: no object", |draft, draws| {
        draft.client_data =
            one_of(draws, &[b"".as_slice(), b"null", b"[]", b"{}", b"\"\"", b"\xff\xfe{\0}\0"]).to_vec();
    }),
    signed_part("client data: no UTF-8", |draft, _| {
        draft.client_data = [b"{\"later\":\"\xC0\xAF\",".as_slice(), &draft.client_data[1..]].concat();
    }),
];

fn challenge(draft: &Draft<'_>) -> Vec<u8> {
    let said: Value = serde_json::from_slice(&draft.client_data).expect("honest client data");
    decoded(said["challenge"].as_str().expect("a challenge"))
}

fn put(draft: &mut Draft<'_>, name: &str, value: impl Into<Value>) {
    edit(draft, |said| drop(said.insert(name.to_owned(), value.into())));
}

fn edit(draft: &mut Draft<'_>, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut said: Map<String, Value> = serde_json::from_slice(&draft.client_data).expect("honest client data");
    change(&mut said);
    draft.client_data = Value::Object(said).to_string().into_bytes();
}
