//! What other services need to verify our tokens by themselves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use latchkey_tests::TestApp;
use serde_json::Value;

#[tokio::test]
async fn discovery_leads_to_the_keys_that_verify_an_access_token() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let discovery = app.anon().get("/.well-known/openid-configuration").await;
    assert_eq!(discovery.header("cache-control"), "public, max-age=3600");
    let discovery = discovery.success();
    assert_eq!(discovery["issuer"], "https://id.example.com");
    let path = discovery["jwks_uri"].as_str().unwrap().strip_prefix("https://id.example.com").unwrap().to_owned();
    let keys = app.anon().get(&path).await;
    assert_eq!(keys.header("cache-control"), "public, max-age=3600");
    let keys = keys.success();

    let header = decode_header(&ada.access).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::RS256, Some("at+jwt")));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header.kid.clone().unwrap()).unwrap();
    assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&"RSA".into(), &"RS256".into(), &"sig".into()));
    let key = DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&["https://id.example.com"]);
    validation.set_issuer(&["https://id.example.com"]);
    let claims = decode::<Value>(&ada.access, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], ada.answer["user"]["id"]);
    assert_eq!(claims["user_id"], claims["sub"]);
    assert_eq!(claims["token_type"], "access");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
}

#[tokio::test]
async fn the_key_set_holds_public_parts_only() {
    let app = TestApp::new();
    let keys = app.anon().get("/.well-known/jwks.json").await.success();
    for key in keys["keys"].as_array().unwrap() {
        let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap().len(), 256);
    }
}

#[tokio::test]
async fn discovery_names_the_operators_documents_where_there_are_any() {
    let own = [("PRIVACY_URL", "https://acme.example/privacy"), ("TERMS_URL", "https://acme.example/terms")];
    let discovery = TestApp::with_config(&own).anon().get("/.well-known/openid-configuration").await.success();
    assert_eq!(discovery["op_policy_uri"], "https://acme.example/privacy");
    assert_eq!(discovery["op_tos_uri"], "https://acme.example/terms");
    let bare = TestApp::new().anon().get("/.well-known/openid-configuration").await.success();
    assert!(bare.get("op_policy_uri").is_none() && bare.get("op_tos_uri").is_none(), "{bare}");
}

#[tokio::test]
async fn an_access_token_names_the_client_it_was_issued_to() {
    for (changes, client) in [(&[][..], "first-party"), (&[("TOKEN_CLIENT_ID", "acme-web")][..], "acme-web")] {
        let (_app, ada) = TestApp::with_config(changes).with_account("ada@example.com").await;
        let claims = URL_SAFE_NO_PAD.decode(ada.access.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["client_id"], client);
        // RFC 9068, section 2.2: what every such token has.
        for required in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
            assert!(!claims[required].is_null(), "{required}");
        }
    }
}
