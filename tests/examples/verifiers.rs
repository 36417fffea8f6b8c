//! `verify.py` and `verify.mjs` take what they should and refuse everything else.

use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use latchkey_tests::Person;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::interpreters::{Script, node, python};
use crate::issuer::Issuer;

/// Both scripts, or one where the other's interpreter is missing.
fn scripts() -> Vec<Script> {
    [Some(python()), node()].into_iter().flatten().collect()
}

async fn verify(script: &Script, issuer: &Issuer, token: &str, audience: Option<&str>) -> Output {
    let mut command = Command::new(&script.interpreter);
    command.arg(&script.file).args([token, &issuer.url]).args(audience).kill_on_drop(true);
    // Whatever proxy this machine has, the issuer is on it.
    command.env("NO_PROXY", "localhost").env("no_proxy", "localhost");
    issuer.serving(command.output()).await.unwrap()
}

async fn claims(script: &Script, issuer: &Issuer, token: &str, audience: Option<&str>) -> Value {
    let output = verify(script, issuer, token, audience).await;
    assert!(output.status.success(), "{script:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn assert_refused(script: &Script, issuer: &Issuer, token: &str, what: &str) {
    let output = verify(script, issuer, token, None).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{script:?} takes {what}");
    assert!(said.starts_with("refused: "), "{script:?} dies of {what}: {said}");
    assert!(output.stdout.is_empty(), "{script:?} prints claims of {what}");
}

fn part(token: &str, n: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap()
}

/// A token like this one but for some members of its header and some claims, signed with the real key.
fn forged(issuer: &Issuer, ada: &Person, header: &Value, claims: &Value) -> String {
    let changed = |n: usize, changes: &Value| {
        let mut part = part(&ada.access, n);
        part.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        part.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        part.to_string()
    };
    issuer.app.forge(&changed(0, header), &changed(1, claims))
}

#[tokio::test]
async fn a_token_of_somebody_who_signed_in_is_taken_with_its_claims() {
    let issuer = Issuer::present().await;
    let ada = issuer.signed_in().await;
    let unchanged = forged(&issuer, &ada, &json!({}), &json!({}));
    for script in scripts() {
        let claims = claims(&script, &issuer, &ada.access, None).await;
        assert_eq!(claims, part(&ada.access, 1));
        assert_eq!(claims["sub"], ada.answer["user"]["id"]);
        assert!(verify(&script, &issuer, &unchanged, None).await.status.success(), "the forge works");
    }
}

#[tokio::test]
async fn a_token_for_another_audience_is_taken_by_that_one_alone() {
    let issuer = Issuer::present().await;
    let ada = issuer.signed_in().await;
    let token = forged(&issuer, &ada, &json!({}), &json!({ "aud": "https://orders.example.com" }));
    for script in scripts() {
        assert_refused(&script, &issuer, &token, "another audience").await;
        assert_eq!(
            claims(&script, &issuer, &token, Some("https://orders.example.com")).await["aud"],
            "https://orders.example.com"
        );
    }
}

#[tokio::test]
async fn a_token_that_has_expired_is_refused() {
    let issuer = Issuer::behind_by(SignedDuration::from_mins(16)).await;
    let ada = issuer.signed_in().await;
    issuer.app.advance(SignedDuration::from_mins(16));
    for script in scripts() {
        assert_refused(&script, &issuer, &ada.access, "an expired token").await;
    }
}

#[tokio::test]
async fn tokens_with_wrong_or_missing_claims_or_another_type_are_refused() {
    let issuer = Issuer::present().await;
    let ada = issuer.signed_in().await;
    let now = part(&ada.access, 1)["iat"].as_i64().unwrap();
    for script in scripts() {
        for (header, claims) in [
            (json!({ "typ": "JWT" }), json!({})),
            (json!({ "typ": null }), json!({})),
            (json!({ "kid": "another" }), json!({})),
            (json!({}), json!({ "iss": "https://evil.example" })),
            (json!({}), json!({ "iss": format!("{}/", issuer.url) })),
            (json!({}), json!({ "aud": null })),
            (json!({}), json!({ "exp": null })),
            (json!({}), json!({ "exp": now - 60 })),
            (json!({}), json!({ "exp": "soon" })),
            (json!({}), json!({ "nbf": now + 600 })),
        ] {
            let token = forged(&issuer, &ada, &header, &claims);
            assert_refused(&script, &issuer, &token, &format!("{header} {claims}")).await;
        }
    }
}

#[tokio::test]
async fn a_changed_unsigned_or_otherwise_signed_token_is_refused() {
    let issuer = Issuer::present().await;
    let ada = issuer.signed_in().await;
    let (header, claims) = (part(&ada.access, 0), part(&ada.access, 1));
    let parts: Vec<&str> = ada.access.split('.').collect();
    let mut promoted = claims.clone();
    promoted["roles"] = json!(["superuser"]);
    let promoted = URL_SAFE_NO_PAD.encode(promoted.to_string());
    let unsigned = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "at+jwt", "kid": header["kid"] }).to_string());
    let keys = issuer.app.anon().get("/.well-known/jwks.json").await.success();
    let public = keys["keys"][0]["n"].as_str().unwrap();
    let kid = header["kid"].as_str().unwrap().to_owned();
    let hmac = Header { typ: Some("at+jwt".to_owned()), kid: Some(kid), ..Header::new(Algorithm::HS256) };
    let confused = |secret: &[u8]| encode(&hmac, &claims, &EncodingKey::from_secret(secret).unwrap()).unwrap();
    for script in scripts() {
        for (what, token) in [
            ("a changed signature", format!("{}.{}.{}", parts[0], parts[1], &parts[2][4..])),
            ("changed claims", format!("{}.{promoted}.{}", parts[0], parts[2])),
            ("no signature", format!("{unsigned}.{}.", parts[1])),
            ("no algorithm, and a signature", format!("{unsigned}.{}.{}", parts[1], parts[2])),
            ("the public key as a secret", confused(public.as_bytes())),
            ("the public key's bytes as a secret", confused(&URL_SAFE_NO_PAD.decode(public).unwrap())),
            ("a refresh token", ada.refresh.clone()),
            ("nothing", String::new()),
        ] {
            assert_refused(&script, &issuer, &token, what).await;
        }
    }
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_seen_until_the_token_expires() {
    let issuer = Issuer::present().await;
    let ada = issuer.signed_in().await;
    ada.calling(&issuer.app).post("/api/auth/logout", json!({})).await;
    for script in scripts() {
        assert!(verify(&script, &issuer, &ada.access, None).await.status.success(), "as the example's README says");
    }
    let live = issuer.app.anon().post("/api/auth/token/verify", json!({ "token": ada.access })).await;
    assert_eq!(live.summary(), "401 token_invalid");
}

#[tokio::test]
async fn without_the_issuer_nothing_is_taken() {
    let gone = Issuer::present().await;
    let ada = gone.signed_in().await;
    let url = gone.url.clone();
    drop(gone);
    for script in scripts() {
        let mut command = Command::new(&script.interpreter);
        let output = command.arg(&script.file).args([&ada.access, &url]).output().await.unwrap();
        assert_eq!(output.status.code(), Some(1), "{script:?}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("refused: "), "{script:?}");
    }
}
