//! Changes of the JSON that browsers and native apps send.

use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::{Change, Make, json as change, one_of};
use crate::ceremony::encoded;
use crate::key::random;

/// The members in base64url.
const BINARY: [&str; 6] = [
    "/id",
    "/rawId",
    "/response/clientDataJSON",
    "/response/attestationObject",
    "/response/authenticatorData",
    "/response/signature",
];

/// The changes.
pub(super) const CHANGES: &[Change] = &[
    change("JSON: base64 with padding", |answer, draws| {
        respell(answer, draws, |text, _| format!("{text}{}", ["", "", "==", "="][text.len() % 4]));
    })
    .weighing(2),
    change("JSON: base64 in the standard alphabet", |answer, draws| {
        respell(answer, draws, |text, _| text.replace('-', "+").replace('_', "/"));
    })
    .weighing(2),
    change("JSON: base64 on several lines", |answer, draws| {
        respell(answer, draws, |text, draws| {
            let at = draws.random_range(0..=text.len());
            format!("{}\r\n{}", &text[..at], &text[at..])
        });
    }),
    change("JSON: no base64", |answer, draws| {
        respell(answer, draws, |text, draws| {
            let at = draws.random_range(0..=text.len());
            let (head, tail) = text.split_at(at);
            one_of(
                draws,
                &[format!("{head}*{tail}"), format!("{head}={tail}"), format!("{head}é{tail}"), format!("{text}====")],
            )
        });
    })
    .weighing(2),
    change("JSON: base64 with bits that name nothing", |answer, draws| {
        respell(answer, draws, |text, _| {
            const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let last = ALPHABET.iter().position(|byte| text.as_bytes().last() == Some(byte)).unwrap_or_default();
            let head = &text[..text.len().saturating_sub(1)];
            if text.len().is_multiple_of(4) {
                text.to_owned()
            } else {
                format!("{head}{}", char::from(ALPHABET[last | 1]))
            }
        });
    }),
    change("JSON: a member left out", |answer, draws| {
        let pointer = one_of(draws, &members(answer));
        remove(answer, &pointer);
    })
    .weighing(3),
    change("JSON: a member null", |answer, draws| {
        let pointer = one_of(draws, &members(answer));
        put(answer, &pointer, Value::Null);
    })
    .weighing(3),
    change("JSON: a member of another type", |answer, draws| {
        let pointer = one_of(draws, &members(answer));
        put(answer, &pointer, one_of(draws, &[json!(1), json!(true), json!({}), json!([1, 2, 3]), json!([])]));
    })
    .weighing(3),
    change("JSON: a member empty", |answer, draws| {
        let pointer = one_of(draws, &members(answer));
        put(answer, &pointer, json!(""));
    })
    .weighing(2),
    change("JSON: a member that the standard does not have", |answer, draws| {
        let place = if draws.random() { &mut *answer } else { &mut answer["response"] };
        place[one_of(draws, &["later", "publicKey", "authenticatorData", "attestationObject"])] = json!("AAAA");
    }),
    Change {
        name: "JSON: a member twice",
        of: None,
        weight: 1,
        make: Make::Text(|text, draws| {
            let again = one_of(
                draws,
                &[r#"{"id":"AAAA","#, r#"{"type":"public-key","#, r#"{"response":{},"#, r#"{"later":1,"later":2,"#],
            );
            *text = format!("{again}{}", &text[1..]);
        }),
    },
    Change {
        name: "JSON: a bit",
        of: None,
        weight: 4,
        make: Make::Text(|text, draws| {
            let mut bytes = text.clone().into_bytes();
            let at = draws.random_range(0..bytes.len());
            bytes[at] ^= 1 << draws.random_range(0..7);
            *text = String::from_utf8(bytes).expect("ASCII");
        }),
    },
    change("JSON: another type", |answer, draws| {
        answer["type"] = one_of(draws, &["password", "Public-Key", "", "public-key "]).into();
    }),
    change("JSON: an id that is not the raw id", |answer, draws| {
        let other = encoded(&random(draws, 32));
        let other = one_of(draws, &[other, String::new(), "not base64!".to_owned()]);
        answer["id"] = other.into();
    })
    .weighing(2),
    change("JSON: another passkey's id", |answer, draws| {
        let other = encoded(&random(draws, 32));
        (answer["id"], answer["rawId"]) = (other.clone().into(), other.into());
    })
    .weighing(2),
    change("JSON: transports of another kind", |answer, draws| {
        let many: Vec<_> = (0..40).map(|number| format!("kind-{number}")).collect();
        let transports =
            [json!(["smart-card"]), json!(["unheard-of", "usb"]), json!([""]), json!(many), json!(["USB"])];
        answer["response"]["transports"] = one_of(draws, &transports);
    })
    .registration(),
    change("JSON: transports that are no texts", |answer, draws| {
        answer["response"]["transports"] =
            one_of(draws, &[json!([1]), json!([null]), json!("usb"), json!({}), json!([["usb"]])]);
    })
    .registration(),
    change("JSON: another user's handle", |answer, draws| {
        let length = one_of(draws, &[1, 16, 16, 16, 64]);
        answer["response"]["userHandle"] = encoded(&random(draws, length)).into();
    })
    .assertion()
    .weighing(3),
    change("JSON: no user handle", |answer, draws| {
        answer["response"]["userHandle"] = one_of(draws, &[Value::Null, json!("")]);
    })
    .assertion(),
    change("JSON: results of extensions", |answer, draws| {
        answer["clientExtensionResults"] = one_of(
            draws,
            &[
                json!({ "credProps": { "rk": true } }),
                json!({ "appid": false }),
                json!({ "later": [1] }),
                json!({ "prf": { "enabled": true } }),
            ],
        );
    }),
    change("JSON: results of extensions that they do not have", |answer, draws| {
        answer["clientExtensionResults"] = one_of(
            draws,
            &[
                json!({ "credProps": 1, "credProtect": "x" }),
                json!({ "appid": "yes" }),
                json!({ "hmacSecret": 7, "appid": [] }),
                json!([]),
                json!("none"),
                Value::Null,
            ],
        );
    })
    .weighing(2),
    change("JSON: the other ceremony's", |answer, _| {
        let response = &mut answer["response"];
        let data = response["attestationObject"].take();
        let other = response["authenticatorData"].take();
        (response["attestationObject"], response["authenticatorData"]) = (other, data);
    }),
];

/// Every member that there is, by its pointer.
fn members(answer: &Value) -> Vec<String> {
    let names = |object: &Value, at: &str| -> Vec<String> {
        object.as_object().into_iter().flat_map(|object| object.keys().map(|name| format!("{at}/{name}"))).collect()
    };
    [names(answer, ""), names(&answer["response"], "/response")].concat()
}

fn put(answer: &mut Value, pointer: &str, value: Value) {
    *answer.pointer_mut(pointer).expect("a member") = value;
}

fn remove(answer: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    answer.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").shift_remove(name);
}

/// Spells one of the members in base64url otherwise.
fn respell(answer: &mut Value, draws: &mut ChaCha20Rng, spell: impl Fn(&str, &mut ChaCha20Rng) -> String) {
    let there: Vec<_> = BINARY.into_iter().filter(|pointer| answer.pointer(pointer).is_some()).collect();
    let pointer = one_of(draws, &there);
    let text = answer.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned();
    put(answer, pointer, spell(&text, draws).into());
}
