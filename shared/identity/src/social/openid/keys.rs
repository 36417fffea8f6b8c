//! An issuer's public keys (RFC 7517): which there are, and for which algorithm each is good.
//!
//! A key is good for one algorithm: the one that its type gives it here. A token that names another one is refused
//! before anything is computed, so that no key is ever used as something that it is not (RFC 8725, section 3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The shortest RSA modulus that is believed, in bytes: 2048 bits.
const SHORTEST_MODULUS: usize = 256;
/// The most keys of a set that are looked at.
const MOST: usize = 64;

/// The keys of an issuer.
pub(super) struct KeySet(Vec<Key>);

/// One key.
pub(super) struct Key {
    id: Option<String>,
    /// The one algorithm that it is good for.
    pub(super) algorithm: Algorithm,
    /// The key.
    pub(super) decoding: DecodingKey,
}

/// A JWKS, whose members may be anything.
#[derive(Deserialize)]
pub(super) struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Member {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Those keys of a document that can verify an `id_token`. What is of another kind is left out, as the standard asks.
    pub(super) fn of(document: Document) -> Self {
        let members = document.keys.into_iter().take(MOST).filter_map(|key| serde_json::from_value(key).ok());
        Self(members.filter_map(Key::of).collect())
    }

    /// The key that a token names; where it names none, the only one there is for its algorithm.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| key.algorithm == algorithm);
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => match (fitting.next(), fitting.next()) {
                (Some(only), None) => Some(only),
                _ => None,
            },
        }
    }
}

impl Key {
    fn of(member: Member) -> Option<Self> {
        let (algorithm, name, decoding) = match member.kty.as_str() {
            "RSA" => {
                let (n, e) = (member.n?, member.e?);
                let modulus = URL_SAFE_NO_PAD.decode(&n).ok()?;
                if modulus.iter().skip_while(|byte| **byte == 0).count() < SHORTEST_MODULUS {
                    return None;
                }
                (Algorithm::RS256, "RS256", DecodingKey::from_rsa_components(&n, &e).ok()?)
            }
            "EC" if member.crv.as_deref() == Some("P-256") => {
                (Algorithm::ES256, "ES256", DecodingKey::from_ec_components(&member.x?, &member.y?).ok()?)
            }
            _ => return None,
        };
        let is_for_this = member.alg.is_none_or(|alg| alg == name);
        let signs = member.r#use.is_none_or(|use_| use_ == "sig");
        (is_for_this && signs).then_some(Self { id: member.kid, algorithm, decoding })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(keys: &Value) -> KeySet {
        KeySet::of(serde_json::from_value(json!({ "keys": keys })).unwrap())
    }

    /// The point of RFC 7515, appendix A.3.
    fn ec(changes: &Value) -> Value {
        let mut key = json!({
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "kid": "a",
        });
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    #[test]
    fn a_key_is_found_by_its_id_or_when_it_is_the_only_one() {
        let one = set(&json!([ec(&json!({})), { "kty": "oct", "k": "c2VjcmV0" }, "nonsense"]));
        assert!(one.find(Some("a"), Algorithm::ES256).is_some());
        assert!(one.find(None, Algorithm::ES256).is_some());
        assert!(one.find(Some("b"), Algorithm::ES256).is_none());
        assert!(one.find(Some("a"), Algorithm::RS256).is_none());
        let two = set(&json!([ec(&json!({})), ec(&json!({ "kid": "b" }))]));
        assert!(two.find(None, Algorithm::ES256).is_none(), "nobody says which");
    }

    #[test]
    fn a_key_for_something_else_is_none() {
        for change in [
            json!({ "use": "enc" }),
            json!({ "alg": "ES384" }),
            json!({ "alg": "RS256" }),
            json!({ "crv": "P-384" }),
            json!({ "x": "AAAA" }),
        ] {
            let found = set(&json!([ec(&change)])).find(Some("a"), Algorithm::ES256).is_some();
            // A point that is not on the curve is found out when something is verified with it.
            assert_eq!(found, change["x"] == "AAAA", "{change}");
        }
        let short = URL_SAFE_NO_PAD.encode([0xFF; 128]);
        assert!(set(&json!([{ "kty": "RSA", "n": short, "e": "AQAB" }])).find(None, Algorithm::RS256).is_none());
    }
}
