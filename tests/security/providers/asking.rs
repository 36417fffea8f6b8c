//! Asking by way of a provider whether an address has an account.

use latchkey_tests::{Call, TestApp, ada_at_acme, ada_at_github, ada_at_google, answered};
use serde_json::{Value, json};

const VICTIM: &str = "victim@gmail.com";

/// What is answered to somebody whom a provider names, in both ways, and what it costs.
async fn told(app: &TestApp, provider: &str, person: &Value) -> (String, String, Vec<String>) {
    app.engine.take_calls();
    let back = app.visit(&app.browser(), provider, person).await;
    let redirected = match answered(&back, "exchange_code") {
        Some(code) => app.exchange(&code).await.text_of("status"),
        None => answered(&back, "error_code").unwrap_or_default(),
    };
    let callback = format!("https://id.example.com/api/oauth/{provider}/callback");
    let body = json!({ "code": app.providers.code(person, &callback) });
    let direct = app.anon().post(&format!("/api/auth/social/{provider}"), body).await;
    let calls: Vec<Call> = app.engine.take_calls();
    // What is asked at the same time arrives in any order.
    let mut calls: Vec<_> = calls.iter().map(|call| format!("{} x{}", call.operation, call.items)).collect();
    calls.sort_unstable();
    (redirected, direct.text_of("status"), calls)
}

#[tokio::test]
async fn with_an_address_that_the_provider_has_not_verified() {
    let with = |mut person: Value, verified: Value| {
        person["email"] = json!(VICTIM);
        person["email_verified"] = verified;
        person
    };
    let mut github = ada_at_github();
    github["emails"] = json!([{ "email": VICTIM, "primary": true, "verified": false }]);
    let mut second = ada_at_github();
    second["emails"] = json!([{ "email": VICTIM, "primary": false, "verified": true }]);
    for (provider, eve) in [
        ("google", with(ada_at_google(), json!(false))),
        ("google", with(ada_at_google(), json!("no"))),
        ("google", with(ada_at_google(), json!(1))),
        ("acme", with(ada_at_acme(), Value::Null)),
        ("acme", with(ada_at_acme(), json!([true]))),
        ("github", github),
        ("github", second),
    ] {
        let without = TestApp::with_providers();
        let nobody = told(&without, provider, &eve).await;
        let app = TestApp::with_providers();
        app.new_account(VICTIM).await;
        let somebody = told(&app, provider, &eve).await;
        assert_eq!(nobody, somebody, "{provider} {eve}");
        assert_eq!([nobody.0, nobody.1], ["email_verification_required"; 2]);
        for app in [app, without] {
            app.run_workers().await;
        }
    }
}
