//! Providers that lie, break, or are somebody else: nobody is signed in by them, and nothing is kept.

use jiff::SignedDuration;
use latchkey_tests::{
    ACME, CLIENT_ID, Signing, TestApp, ada_at_acme, ada_at_facebook, ada_at_github, ada_at_google, answered,
};
use serde_json::{Value, json};

/// Makes a provider misbehave.
type Misbehaviour = fn(&TestApp);

/// What can be wrong about an `id_token`.
const TOKENS: &[(&str, Misbehaviour)] = &[
    ("another issuer", |app| app.providers.claim("iss", json!("https://evil.example"))),
    ("an issuer that begins alike", |app| app.providers.claim("iss", json!("https://login.acme.test.evil.example"))),
    ("no issuer", |app| app.providers.claim("iss", Value::Null)),
    ("a token without a signature", |app| app.providers.sign(Signing::Empty)),
    ("alg none", |app| app.providers.sign(Signing::None)),
    ("a key of nobody's", |app| app.providers.sign(Signing::Stranger)),
    ("the public key as a secret", |app| app.providers.sign(Signing::PublicAsSecret)),
    ("another client's token", |app| app.providers.claim("aud", json!("another-client"))),
    ("a token for nobody", |app| app.providers.claim("aud", json!([]))),
    ("a token for us and others", |app| app.providers.claim("aud", json!([CLIENT_ID, "another-client"]))),
    ("a token handed to another client", |app| app.providers.claim("azp", json!("another-client"))),
    ("an empty subject", |app| app.providers.claim("sub", json!(""))),
    ("a subject of null", |app| app.providers.claim("sub", Value::Null)),
    ("a subject of zero", |app| app.providers.claim("sub", json!(0))),
    ("a subject of \"0\"", |app| app.providers.claim("sub", json!("0"))),
    ("a subject of \"null\"", |app| app.providers.claim("sub", json!("null"))),
    ("a subject that is a list", |app| app.providers.claim("sub", json!(["1", "2"]))),
    ("another nonce", |app| app.providers.claim("nonce", json!("of-another-visit"))),
    ("no nonce", |app| app.providers.claim("nonce", Value::Null)),
    ("an expired token", |app| app.providers.claim("exp", json!(app.now().as_second()))),
    ("a token of the future", |app| app.providers.claim("iat", json!(app.now().as_second() + 3600))),
    ("a token for the future", |app| app.providers.claim("nbf", json!(app.now().as_second() + 3600))),
    ("a token for years", |app| app.providers.claim("exp", json!(app.now().as_second() + 90_000_000))),
    ("an end that is a text", |app| app.providers.claim("exp", json!("9999999999"))),
    ("an access token", |app| app.providers.twist(|header, _| header["typ"] = json!("at+jwt"))),
    ("a header that must be understood", |app| app.providers.twist(|header, _| header["crit"] = json!(["b64"]))),
    ("a payload that is not encoded", |app| app.providers.twist(|header, _| header["b64"] = json!(false))),
    ("a key that nobody has", |app| app.providers.twist(|header, _| header["kid"] = json!("../../etc/passwd"))),
    ("a key in the token", |app| {
        app.providers.sign(Signing::Stranger);
        app.providers.twist(|header, _| header["jku"] = json!("https://evil.example/jwks"));
    }),
];

/// What an issuer of OpenID Connect can answer wrongly.
const ANSWERS: &[(&str, Misbehaviour)] = &[
    ("an error that looks like a success", |app| {
        app.providers.answer("/token", 200, &json!({ "error": "invalid_grant" }));
    }),
    ("a success that says nothing", |app| app.providers.answer("/token", 200, &json!({}))),
    ("a success that is a list", |app| app.providers.answer("/token", 200, &json!([]))),
    ("no id_token", |app| {
        app.providers.answer("/token", 200, &json!({ "access_token": "a", "token_type": "Bearer" }));
    }),
    ("a token of another kind", |app| {
        app.providers.answer("/token", 200, &json!({ "access_token": "a", "token_type": "mac", "id_token": "a.b.c" }));
    }),
    ("an id_token that is none", |app| {
        app.providers.answer("/token", 200, &json!({ "token_type": "Bearer", "id_token": "lkr_AAAA" }));
    }),
    ("a refusal", |app| app.providers.answer("/token", 400, &json!({ "error": "invalid_grant" }))),
    ("a fault", |app| app.providers.answer("/token", 500, &json!({}))),
    ("a token endpoint that leads elsewhere", |app| {
        app.providers.lead_elsewhere("/token", "https://evil.example/token");
    }),
    ("keys that lie elsewhere", |app| app.providers.lead_elsewhere("/jwks", "https://evil.example/jwks")),
    ("no keys", |app| app.providers.answer("/jwks", 200, &json!({ "keys": [] }))),
    ("ten megabytes of tokens", |app| app.providers.flood("/token")),
    ("ten megabytes of keys", |app| app.providers.flood("/jwks")),
    ("ten megabytes of a person", |app| app.providers.flood("/userinfo")),
    ("a person who is somebody else", |app| {
        let other = json!({ "sub": "somebody-else", "email": "ada@gmail.com", "email_verified": true, "name": "Ada" });
        app.providers.answer("/userinfo", 200, &other);
    }),
    ("a person without a subject", |app| {
        app.providers.answer("/userinfo", 200, &json!({ "email": "ada@gmail.com", "email_verified": true }));
    }),
];

/// What GitHub can do wrong.
const GITHUB: &[(&str, Misbehaviour)] = &[
    ("an error that looks like a success", |app| {
        app.providers.answer("/login/oauth/access_token", 200, &json!({ "error": "bad_verification_code" }));
    }),
    ("a token that is empty", |app| {
        let body = json!({ "access_token": "", "token_type": "bearer" });
        app.providers.answer("/login/oauth/access_token", 200, &body);
    }),
    ("an id of zero", |app| app.providers.answer("api.github.com/user", 200, &json!({ "id": 0, "login": "x" }))),
    ("an id of null", |app| app.providers.answer("api.github.com/user", 200, &json!({ "id": null, "login": "x" }))),
    ("no id", |app| app.providers.answer("api.github.com/user", 200, &json!({ "login": "x" }))),
    ("an error in place of a person", |app| {
        app.providers.answer("api.github.com/user", 200, &json!({ "message": "Bad credentials" }));
    }),
    ("addresses that lie elsewhere", |app| app.providers.lead_elsewhere("/user/emails", "https://evil.example/")),
    ("addresses that are none", |app| app.providers.answer("/user/emails", 200, &json!({ "message": "Not Found" }))),
];

/// What Facebook can do wrong.
const FACEBOOK: &[(&str, Misbehaviour)] = &[
    ("an error that looks like a success", |app| {
        app.providers.answer("/oauth/access_token", 200, &json!({ "error": { "message": "no" } }));
    }),
    ("another app's token", |app| batch(app, &json!({ "is_valid": true, "app_id": "x", "user_id": "1" }), "1")),
    ("a token that is not good", |app| batch(app, &json!({ "app_id": CLIENT_ID, "user_id": "1" }), "1")),
    ("a token that is over", |app| {
        batch(app, &json!({ "is_valid": true, "app_id": CLIENT_ID, "user_id": "1", "expires_at": 1 }), "1");
    }),
    ("somebody else", |app| batch(app, &json!({ "is_valid": true, "app_id": CLIENT_ID, "user_id": "1" }), "2")),
    ("an id of nothing", |app| batch(app, &json!({ "is_valid": true, "app_id": CLIENT_ID, "user_id": "" }), "")),
    ("an id of zero", |app| batch(app, &json!({ "is_valid": true, "app_id": CLIENT_ID, "user_id": "0" }), "0")),
    ("nobody", |app| batch(app, &json!({ "is_valid": true, "app_id": CLIENT_ID }), "1")),
    ("a batch that is half", |app| app.providers.answer_exactly("https://graph.facebook.com/v24.0/", 200, &json!([]))),
];

fn batch(app: &TestApp, token: &Value, me: &str) {
    let inspected = json!({ "data": token }).to_string();
    let me = json!({ "id": me, "name": "Ada", "email": "ada@gmail.com" }).to_string();
    let body = json!([{ "code": 200, "body": inspected }, { "code": 200, "body": me }]);
    app.providers.answer_exactly("https://graph.facebook.com/v24.0/", 200, &body);
}

async fn names_nobody(provider: &str, person: &Value, what: &str, misbehave: Misbehaviour) {
    let app = TestApp::with_providers();
    // What issuers say of themselves is kept, so that only what follows is wrong.
    app.browser().get(&format!("/api/oauth/{provider}/login")).await;
    misbehave(&app);
    let back = app.visit(&app.browser(), provider, person).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_callback"), "{provider}: {what}");
    assert_eq!(app.providers.calls_to("evil.example"), 0, "{provider}: {what}");
    let kept: Vec<_> = app.engine.scan("MainTable").into_iter().map(|item| item["entity"]["S"].clone()).collect();
    assert!(kept.iter().all(|entity| !["Account", "SocialLink", "SocialClaim"].contains(&entity.as_str().unwrap())));
    let returns = app.engine.scan("EphemeralTable").into_iter().filter(|item| item["entity"]["S"] == "ProviderReturn");
    assert_eq!(returns.count(), 0, "{provider}: {what}");
}

#[tokio::test]
async fn naming_somebody_with_a_wrong_token() {
    for (what, misbehave) in TOKENS.iter().chain(ANSWERS) {
        names_nobody("acme", &ada_at_acme(), what, *misbehave).await;
    }
}

#[tokio::test]
async fn naming_somebody_as_a_github_or_facebook_that_lies() {
    for (what, misbehave) in GITHUB {
        names_nobody("github", &ada_at_github(), what, *misbehave).await;
    }
    for (what, misbehave) in FACEBOOK {
        names_nobody("facebook", &ada_at_facebook(), what, *misbehave).await;
    }
}

#[tokio::test]
async fn signing_in_with_a_wrong_id_token_directly() {
    for (what, misbehave) in TOKENS.iter().filter(|(what, _)| !what.ends_with("nonce")) {
        let app = TestApp::with_providers();
        misbehave(&app);
        let token = app.providers.id_token("acme", &ada_at_acme(), CLIENT_ID, None);
        let answer = app.anon().post("/api/auth/social/acme", json!({ "id_token": token })).await;
        assert_eq!(answer.summary(), "400 provider_token_invalid", "{what}");
    }
}

#[tokio::test]
async fn describing_oneself_as_somebody_else() {
    let good = json!({
        "issuer": ACME,
        "authorization_endpoint": format!("{ACME}/authorize"),
        "token_endpoint": format!("{ACME}/token"),
        "jwks_uri": format!("{ACME}/jwks"),
    });
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(format!("{ACME}/"))),
        ("authorization_endpoint", json!("http://login.acme.test/authorize")),
        ("token_endpoint", json!("http://login.acme.test/token")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("userinfo_endpoint", json!("http://169.254.169.254/latest/meta-data")),
        // Plain HTTP is for an issuer that is on this machine itself; on AWS the function's own runtime listens there.
        ("token_endpoint", json!("http://127.0.0.1:9001/2018-06-01/runtime/invocation/next")),
        ("jwks_uri", json!("http://localhost:9001/")),
        ("userinfo_endpoint", json!("http://[::1]/")),
        ("authorization_endpoint", json!("http://localhost/authorize")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("//evil.example/authorize")),
        ("authorization_endpoint", json!("https://login.acme.test@evil.example/authorize")),
        ("authorization_endpoint", json!(format!("{ACME}/authorize#"))),
        ("authorization_endpoint", json!(format!("{ACME}/authorize\r\nset-cookie: a=b"))),
        ("token_endpoint", json!("https://")),
        ("token_endpoint", Value::Null),
    ] {
        let app = TestApp::with_providers();
        let mut description = good.clone();
        description[name] = value.clone();
        app.providers.answer("openid-configuration", 200, &description);
        let login = app.anon().get("/api/oauth/acme/login").await;
        assert_eq!(login.summary(), "503 unavailable", "{name} {value}");
        assert!(login.headers.get("set-cookie").is_none());
    }
    for status in [301, 404, 500] {
        let app = TestApp::with_providers();
        app.providers.answer("openid-configuration", status, &good);
        assert_eq!(app.anon().get("/api/oauth/acme/login").await.summary(), "503 unavailable", "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn keeping_us_waiting() {
    for (provider, person, silent) in [
        ("acme", ada_at_acme(), "/token"),
        ("acme", ada_at_acme(), "/jwks"),
        ("acme", ada_at_acme(), "/userinfo"),
        ("github", ada_at_github(), "/user/emails"),
        ("facebook", ada_at_facebook(), "graph.facebook.com"),
    ] {
        let app = TestApp::with_providers();
        app.browser().get(&format!("/api/oauth/{provider}/login")).await;
        app.providers.fall_silent(silent);
        let began = tokio::time::Instant::now();
        let back = app.visit(&app.browser(), provider, &person).await;
        assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_callback"), "{provider} {silent}");
        let waited = began.elapsed().as_secs();
        assert!((5..10).contains(&waited), "{provider} {silent}: {waited} seconds");
        assert_eq!(app.providers.calls_to(silent), 1, "nothing is sent twice");
    }
}

#[tokio::test]
async fn claiming_a_victims_address_later() {
    let app = TestApp::with_providers();
    let victim = app.new_account("victim@gmail.com").await;
    for (provider, mut eve) in [("google", ada_at_google()), ("github", ada_at_github()), ("acme", ada_at_acme())] {
        let app = TestApp::with_providers();
        let eve_is = app.new_account_by(provider, &eve).await;
        app.new_account("victim@example.com").await;
        eve["email"] = json!("victim@example.com");
        eve["emails"] = json!([{ "email": "victim@example.com", "primary": true, "verified": true }]);
        let again = latchkey_tests::Person::of(app.come_by(provider, &eve).await.success());
        assert_eq!(again.id(), eve_is.id(), "{provider}: who somebody is does not follow from an address");
        app.run_workers().await;
    }
    // Somebody new, who says that the address is theirs, at an issuer that cannot know.
    let eve = json!({ "sub": "eve", "email": "victim@gmail.com", "email_verified": true, "name": "Eve" });
    let back = app.visit(&app.browser(), "acme", &eve).await;
    assert_eq!(answered(&back, "error_code").as_deref(), Some("oauth_account_not_linked"));
    victim.calling(&app).get("/api/auth/me").await.success();
}

#[tokio::test]
async fn having_a_subject_that_somebody_has_at_another_issuer() {
    let app = TestApp::with_providers();
    let ada = app.new_account_by("google", &ada_at_google()).await;
    let twin = json!({ "sub": "1100", "email": "eve@example.com", "email_verified": true, "name": "Eve" });
    let eve = app.new_account_by("acme", &twin).await;
    assert_ne!(ada.id(), eve.id());
}

#[tokio::test]
async fn an_issuer_that_changes_its_keys_is_followed_and_asked_seldom() {
    let app = TestApp::with_providers();
    app.new_account_by("acme", &ada_at_acme()).await;
    app.come_by("acme", &ada_at_acme()).await.success();
    assert_eq!(app.providers.calls_to("/jwks"), 1, "the keys are kept");
    assert_eq!(app.providers.calls_to("openid-configuration"), 1, "and the description");

    app.providers.rotate();
    app.come_by("acme", &ada_at_acme()).await.success();
    assert_eq!(app.providers.calls_to("/jwks"), 2, "an unknown key is looked for once");
    for _ in 0..5 {
        app.providers.twist(|header, _| header["kid"] = json!("invented"));
        let token = app.providers.id_token("acme", &ada_at_acme(), CLIENT_ID, None);
        let answer = app.anon().post("/api/auth/social/acme", json!({ "id_token": token })).await;
        assert_eq!(answer.summary(), "400 provider_token_invalid");
    }
    app.providers.behave();
    assert_eq!(app.providers.calls_to("/jwks"), 2, "who invents keys makes us ask for nothing");
    app.advance(SignedDuration::from_secs(30));
    app.providers.rotate();
    app.come_by("acme", &ada_at_acme()).await.success();
    assert_eq!(app.providers.calls_to("/jwks"), 3);
    app.advance(SignedDuration::from_hours(1));
    app.come_by("acme", &ada_at_acme()).await.success();
    assert_eq!(app.providers.calls_to("/jwks"), 4, "kept for as long as the issuer says");
    app.run_workers().await;
}

#[tokio::test]
async fn what_goes_to_a_provider_has_no_token_in_its_address() {
    let app = TestApp::with_providers();
    app.new_account_by("google", &ada_at_google()).await;
    app.try_every_provider(&[CLIENT_ID]).await;
    app.run_workers().await;
    let secrets = app.providers.handed_out();
    let calls = app.providers.take_calls();
    assert!(calls.len() > 15 && secrets.len() > 10);
    for call in calls {
        for secret in secrets.iter().map(String::as_str).chain([latchkey_tests::CLIENT_SECRET]) {
            assert!(!call.address.contains(secret), "{} {}", call.method, call.address);
        }
    }
}
