//! Forged, foreign and misused access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use latchkey_tests::{Person, TestApp};
use serde_json::{Value, json};

fn part(token: &str, n: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap()
}

async fn me(app: &TestApp, token: &str) -> String {
    app.anon().bearing(token).get("/api/auth/me").await.summary()
}

async fn signed_in() -> (TestApp, Person) {
    TestApp::new().with_account("ada@example.com").await
}

#[tokio::test]
async fn the_right_key_with_the_right_claims_is_the_only_way_in() {
    let (app, ada) = signed_in().await;
    let (header, claims) = (part(&ada.access, 0), part(&ada.access, 1));
    assert_eq!(me(&app, &app.forge(&header.to_string(), &claims.to_string())).await, "200", "the forge works");
}

#[tokio::test]
async fn headers_that_name_another_algorithm_type_key_or_extension() {
    let (app, ada) = signed_in().await;
    let claims = part(&ada.access, 1).to_string();
    let kid = part(&ada.access, 0)["kid"].as_str().unwrap().to_owned();
    let header = |changes: Value| {
        let mut header = json!({ "alg": "RS256", "typ": "at+jwt", "kid": kid });
        header.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        header.to_string()
    };
    for wrong in [
        json!({ "alg": "none" }),
        json!({ "alg": "None" }),
        json!({ "alg": "RS384" }),
        json!({ "alg": "PS256" }),
        json!({ "alg": "HS256" }),
        json!({ "typ": "JWT" }),
        json!({ "typ": null }),
        json!({ "kid": "../../../etc/passwd" }),
        json!({ "kid": "' OR 1=1" }),
        json!({ "kid": null }),
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": ["b64"], "b64": true }),
        json!({ "b64": false }),
    ] {
        let token = app.forge(&header(wrong.clone()), &claims);
        assert_eq!(me(&app, &token).await, "401 token_invalid", "{wrong}");
    }
}

#[tokio::test]
async fn an_unsigned_token_and_one_signed_with_the_public_key_as_a_secret() {
    let (app, ada) = signed_in().await;
    let claims = part(&ada.access, 1);
    let kid = part(&ada.access, 0)["kid"].as_str().unwrap().to_owned();
    let unsigned = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "at+jwt", "kid": kid }).to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    assert_eq!(me(&app, &unsigned).await, "401 token_invalid");
    let keys = app.anon().get("/.well-known/jwks.json").await.success();
    let modulus = URL_SAFE_NO_PAD.decode(keys["keys"][0]["n"].as_str().unwrap()).unwrap();
    let header = Header { typ: Some("at+jwt".to_owned()), kid: Some(kid), ..Header::new(Algorithm::HS256) };
    let confused = encode(&header, &claims, &EncodingKey::from_secret(&modulus).unwrap()).unwrap();
    assert_eq!(me(&app, &confused).await, "401 token_invalid");
}

#[tokio::test]
async fn claims_that_are_missing_mistyped_foreign_or_out_of_time() {
    let (app, ada) = signed_in().await;
    let bea = app.new_account("bea@example.com").await;
    let header = part(&ada.access, 0).to_string();
    let claims = part(&ada.access, 1);
    let now = claims["iat"].as_i64().unwrap();
    for name in claims.as_object().unwrap().keys() {
        let mut less = claims.clone();
        less.as_object_mut().unwrap().remove(name);
        assert_eq!(me(&app, &app.forge(&header, &less.to_string())).await, "401 token_invalid", "without {name}");
    }
    for (name, value) in [
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!(-1)),
        ("exp", json!(now + 10 * 365 * 86_400)),
        ("exp", json!(i64::MAX)),
        ("exp", json!("9999999999")),
        ("exp", json!(1e300)),
        ("nbf", json!(now + 60)),
        ("iat", json!(now + 60)),
        ("nbf", json!("0")),
        ("iss", json!("https://evil.example")),
        ("aud", json!("https://other.example")),
        ("aud", json!(["https://id.example.com"])),
        ("token_type", json!("refresh")),
        ("client_id", json!("another-client")),
        ("client_id", json!("")),
        ("sub", part(&bea.access, 1)["sub"].clone()),
        ("user_id", part(&bea.access, 1)["sub"].clone()),
        ("sid", part(&bea.access, 1)["sid"].clone()),
        ("sid", json!("not a uuid")),
        ("admin", json!(true)),
    ] {
        let mut changed = claims.clone();
        changed[name] = value.clone();
        assert_eq!(me(&app, &app.forge(&header, &changed.to_string())).await, "401 token_invalid", "{name}: {value}");
    }
    let doubled = claims.to_string().replacen('{', &format!("{{\"exp\":{},", now + 900), 1);
    assert_eq!(me(&app, &app.forge(&header, &doubled)).await, "401 token_invalid", "a claim that stands twice");
}

#[tokio::test]
async fn a_token_of_another_deployment() {
    let (app, ada) = signed_in().await;
    let changes = [("PUBLIC_URL", "https://other.example.com")];
    let (other, _) = TestApp::with_config(&changes).with_account("ada@example.com").await;
    assert_eq!(me(&other, &ada.access).await, "401 token_invalid");
    drop(app);
}

#[tokio::test]
async fn every_kind_of_token_where_an_access_token_is_due() {
    let (app, ada) = signed_in().await;
    let registration = app.register("bea@example.com").await.text_of("registration_token");
    app.run_workers().await;
    let link = app.link_to("bea@example.com").split_once("token=").unwrap().1.to_owned();
    for token in [ada.refresh.as_str(), &registration, &link, "", ".", "..", "a.b.c", &"a.".repeat(3000)] {
        assert_eq!(me(&app, token).await, "401 token_invalid", "{token}");
    }
}

#[tokio::test]
async fn a_changed_signature_or_payload() {
    let (app, ada) = signed_in().await;
    let parts: Vec<&str> = ada.access.split('.').collect();
    let mut claims = part(&ada.access, 1);
    claims["roles"] = json!(["superuser"]);
    let changed = URL_SAFE_NO_PAD.encode(claims.to_string());
    assert_eq!(me(&app, &format!("{}.{changed}.{}", parts[0], parts[2])).await, "401 token_invalid");
    assert_eq!(me(&app, &format!("{}.{}.{}", parts[0], parts[1], &parts[2][4..])).await, "401 token_invalid");
    assert_eq!(me(&app, &format!("{}.{}", parts[0], parts[1])).await, "401 token_invalid");
    assert_eq!(me(&app, &format!("{}.x", ada.access)).await, "401 token_invalid");
}
