//! What an `id_token` says (OpenID Connect Core, section 2), and whether it may be believed (section 3.1.3.7, and the
//! rules of RFC 8725).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq as _;

use super::keys::Key;
use crate::social::ask::ProviderError;
use latchkey_kernel::clock::Timestamp;

/// How far the provider's clock may be ahead of ours.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// How long a token may be good. Who issues one for years has misunderstood something.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Longer tokens are not looked at.
const LONGEST: usize = 16 * 1024;

/// The header of a token, as far as it chooses a key.
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) key: Option<String>,
}

#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<serde::de::IgnoredAny>,
}

/// The claims that are read. A claim of another type than it should have makes the token unreadable.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::social) struct Claims {
    iss: String,
    pub(in crate::social) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    /// What is told of the person.
    #[serde(flatten)]
    pub(in crate::social) person: Person,
}

/// What is told of a person, in an `id_token` or by the userinfo endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::social) struct Person {
    pub(in crate::social) email: Option<String>,
    #[serde(default, deserialize_with = "truth")]
    pub(in crate::social) email_verified: bool,
    pub(in crate::social) hd: Option<String>,
    pub(in crate::social) name: Option<String>,
    pub(in crate::social) given_name: Option<String>,
    pub(in crate::social) family_name: Option<String>,
    pub(in crate::social) preferred_username: Option<String>,
    pub(in crate::social) picture: Option<String>,
    pub(in crate::social) profile: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a token must say.
pub(in crate::social) struct Expected<'a> {
    /// The names under which the issuer goes.
    pub(in crate::social) issuers: &'a [&'a str],
    /// The clients that it may be for.
    pub(in crate::social) clients: Vec<&'a str>,
    /// The nonce that we sent, if we did.
    pub(in crate::social) nonce: Option<&'a str>,
    /// The time.
    pub(in crate::social) now: Timestamp,
}

/// The header of a token that could be an `id_token` of some issuer.
pub(super) fn header(token: &str) -> Result<Header, ProviderError> {
    let refuse = || ProviderError::Distrusted("the id_token is none");
    if token.len() > LONGEST {
        return Err(refuse());
    }
    let part = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).ok_or_else(refuse)?;
    let header: RawHeader = serde_json::from_slice(&part).map_err(|_| refuse())?;
    let algorithm = match header.alg.as_str() {
        "RS256" => Algorithm::RS256,
        "ES256" => Algorithm::ES256,
        _ => return Err(ProviderError::Distrusted("the id_token is not signed as it should be")),
    };
    // An access token or a logout token is signed with the same keys, and says so here.
    let is_plain = header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
    if !is_plain || header.crit.is_some() {
        return Err(ProviderError::Distrusted("the token is of another kind"));
    }
    Ok(Header { algorithm, key: header.kid })
}

/// The claims of a token that this key signed and that says what it must.
pub(super) fn verify(token: &str, key: &Key, expected: &Expected<'_>) -> Result<Claims, ProviderError> {
    let decoded = jsonwebtoken::decode::<Claims>(token, &key.decoding, &signature_only(key.algorithm));
    let claims = decoded.map_err(|_| ProviderError::Distrusted("the id_token's signature or form is wrong"))?.claims;
    let (now, leeway) = (expected.now.as_second(), LEEWAY.as_secs());
    let wrong = if !expected.issuers.contains(&claims.iss.as_str()) {
        Some("the id_token is of another issuer")
    } else if !claims.is_for(&expected.clients) {
        Some("the id_token is for another client")
    } else if claims.exp <= now {
        Some("the id_token has expired")
    } else if claims.iat > now.saturating_add(leeway) || claims.nbf.is_some_and(|nbf| nbf > now.saturating_add(leeway))
    {
        Some("the id_token is of the future")
    } else if claims.exp.saturating_sub(claims.iat) > LONGEST_LIFE.as_secs() {
        Some("the id_token lives too long")
    } else if expected.nonce.is_some_and(|nonce| !claims.answers(nonce)) {
        Some("the id_token answers another request")
    } else {
        None
    };
    wrong.map_or(Ok(claims), |wrong| Err(ProviderError::Distrusted(wrong)))
}

impl Claims {
    /// Whether it is for one of these clients, and was not handed to another one (section 3.1.3.7, 3 to 5).
    fn is_for(&self, clients: &[&str]) -> bool {
        let ours = |client: &String| clients.contains(&client.as_str());
        match (&self.aud, &self.azp) {
            (Audience::One(client), azp) => ours(client) && azp.as_ref().is_none_or(ours),
            (Audience::Many(all), Some(azp)) => all.iter().any(ours) && ours(azp),
            (Audience::Many(all), None) => matches!(all.as_slice(), [only] if ours(only)),
        }
    }

    /// When it expires.
    pub(in crate::social) fn expires_at(&self, now: Timestamp) -> Timestamp {
        now.plus(SignedDuration::from_secs(self.exp.saturating_sub(now.as_second())))
    }

    fn answers(&self, nonce: &str) -> bool {
        self.nonce.as_ref().is_some_and(|told| told.as_bytes().ct_eq(nonce.as_bytes()).into())
    }
}

/// The library checks the signature; the claims are ours to check, because it would ask the machine's clock.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// `true`, or the text that some issuers write in its place; everything else is no.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value == serde_json::Value::Bool(true) || value == "true")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(changes: &serde_json::Value) -> Result<Claims, serde_json::Error> {
        let mut claims = json!({ "iss": "https://a.example", "sub": "1", "aud": "us", "exp": 10, "iat": 1 });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        serde_json::from_value(claims)
    }

    #[test]
    fn a_token_is_for_us_or_it_is_not() {
        for (change, ours) in [
            (json!({}), true),
            (json!({ "aud": ["us"] }), true),
            (json!({ "aud": "them" }), false),
            (json!({ "aud": [] }), false),
            (json!({ "aud": ["us", "them"] }), false),
            (json!({ "aud": ["us", "them"], "azp": "us" }), true),
            (json!({ "aud": ["us", "them"], "azp": "them" }), false),
            (json!({ "azp": "them" }), false),
        ] {
            assert_eq!(claims(&change).unwrap().is_for(&["us"]), ours, "{change}");
        }
    }

    #[test]
    fn claims_of_another_type_are_not_read() {
        for wrong in [
            json!({ "sub": null }),
            json!({ "sub": 0 }),
            json!({ "iss": ["https://a.example"] }),
            json!({ "exp": "10" }),
            json!({ "iat": 1.5 }),
            json!({ "email": ["a@example.com"] }),
        ] {
            assert!(claims(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn verified_is_what_says_so() {
        for (told, verified) in [
            (json!(true), true),
            (json!("true"), true),
            (json!("false"), false),
            (json!(1), false),
            (json!(null), false),
        ] {
            assert_eq!(claims(&json!({ "email_verified": told })).unwrap().person.email_verified, verified, "{told}");
        }
    }

    #[test]
    fn no_header_but_that_of_a_signed_id_token_is_read() {
        let token = |header: &str| format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header));
        assert!(header(&token(r#"{"alg":"RS256","kid":"a"}"#)).is_ok());
        assert!(header(&token(r#"{"alg":"ES256","typ":"jwt"}"#)).is_ok());
        for wrong in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"RS256","typ":"at+jwt"}"#,
            r#"{"alg":"RS256","crit":["b64"]}"#,
            r#"{"kid":"a"}"#,
            "",
        ] {
            assert!(header(&token(wrong)).is_err(), "{wrong}");
        }
    }
}
