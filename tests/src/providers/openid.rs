//! Google and another issuer, by OpenID Connect Core and Discovery 1.0.

use std::collections::BTreeMap;

use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{Response, Uri};
use serde_json::json;

use super::flow::Consent;
use super::{ACME, CLIENT_ID, CLIENT_SECRET, Inner, decoded, json_answer, refused};

impl Inner {
    pub(super) fn openid(
        &mut self,
        uri: &Uri,
        form: &BTreeMap<String, String>,
        headers: &BTreeMap<String, String>,
    ) -> Response<SdkBody> {
        let google = uri.host() != Some("login.acme.test");
        match uri.path() {
            "/.well-known/openid-configuration" => description(google),
            "/token" => self.token(google, form, headers),
            "/oauth2/v3/certs" | "/jwks" => {
                let signer = if google { &self.google } else { &self.acme };
                let mut answer = json_answer(200, &json!({ "keys": [signer.jwk()] }));
                answer.headers_mut().insert("cache-control", "public, max-age=3600".parse().unwrap());
                answer
            }
            "/v1/userinfo" | "/userinfo" => match self.holder_of(headers) {
                Some(person) => json_answer(200, &person),
                None => json_answer(401, &json!({ "error": "invalid_token" })),
            },
            "/tokeninfo" => {
                assert!(uri.query().is_none(), "a token stands in an address");
                let token = headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
                match token.and_then(|token| self.tokens.get(token)) {
                    Some((person, client)) => {
                        json_answer(200, &json!({ "aud": client, "sub": person["sub"], "expires_in": "3599" }))
                    }
                    None => refused("invalid_token"),
                }
            }
            other => panic!("no issuer has {other}"),
        }
    }

    fn token(
        &mut self,
        google: bool,
        form: &BTreeMap<String, String>,
        headers: &BTreeMap<String, String>,
    ) -> Response<SdkBody> {
        let shown = headers.get("authorization").and_then(|value| value.strip_prefix("Basic "));
        let expected = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
        let by_form = form.get("client_secret").is_some_and(|secret| secret == CLIENT_SECRET);
        if shown != Some(expected.as_str()) && !by_form {
            return json_answer(401, &json!({ "error": "invalid_client" }));
        }
        let Some(consent) = self.redeem(form) else { return refused("invalid_grant") };
        let id_token = self.id_token(google, &consent, CLIENT_ID);
        let access_token = self.access_token(&consent.person, CLIENT_ID);
        let body = json!({
            "token_type": "Bearer",
            "access_token": access_token,
            "expires_in": 3599,
            "id_token": id_token,
            "scope": "openid email profile",
        });
        json_answer(200, &body)
    }

    /// What a person allowed, if the code, the page and the verifier are the right ones.
    pub(super) fn redeem(&mut self, form: &BTreeMap<String, String>) -> Option<Consent> {
        assert_eq!(form["grant_type"], "authorization_code");
        let code = form.get("code")?;
        let consent = self.consents.get(code)?.clone();
        if self.codes_work_once {
            self.consents.remove(code);
        }
        let digest = |verifier: &String| {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
            URL_SAFE_NO_PAD.encode(digest)
        };
        let verifier_fits = form.get("code_verifier").map(digest) == consent.challenge;
        (form.get("redirect_uri") == Some(&consent.redirect_uri) && verifier_fits).then_some(consent)
    }

    pub(super) fn id_token(&mut self, google: bool, consent: &Consent, client: &str) -> String {
        let signer = if google { self.google.clone() } else { self.acme.clone() };
        let now = self.now();
        let mut claims = json!({
            "iss": if google { "https://accounts.google.com" } else { ACME },
            "aud": client,
            "iat": now,
            "exp": now + 3600,
        });
        if let Some(nonce) = &consent.nonce {
            claims["nonce"] = json!(nonce);
        }
        // Google says in its id_token who somebody is; the other one leaves that to userinfo.
        let told = if google { consent.person.clone() } else { json!({ "sub": consent.person["sub"] }) };
        for (name, value) in told.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let mut header = signer.header();
        if let Some(twist) = &self.twist {
            twist(&mut header, &mut claims);
        }
        let token = signer.token(header, &claims, self.signing);
        self.handed_out.push(token.clone());
        token
    }
}

fn description(google: bool) -> Response<SdkBody> {
    let mut description = if google {
        json!({
            "issuer": "https://accounts.google.com",
            "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
            "token_endpoint": "https://oauth2.googleapis.com/token",
            "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
            "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        })
    } else {
        json!({
            "issuer": ACME,
            "authorization_endpoint": format!("{ACME}/authorize?tenant=1"),
            "token_endpoint": format!("{ACME}/token"),
            "userinfo_endpoint": format!("{ACME}/userinfo"),
            "jwks_uri": format!("{ACME}/jwks"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_response_iss_parameter_supported": true,
        })
    };
    description["response_types_supported"] = json!(["code"]);
    json_answer(200, &description)
}

/// The query of an address.
pub(super) fn query(address: &str) -> BTreeMap<String, String> {
    let (_, query) = address.split_once('?').unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
