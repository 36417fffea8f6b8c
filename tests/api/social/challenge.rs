//! A page that keeps its tokens itself binds a visit to itself: it makes a verifier, sends its digest along, and shows
//! the verifier with the code (the words of RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_tests::{Answer, TestApp, ada_at_google, answered};
use serde_json::json;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A visit to Google that began with this query; the code that the page comes back with.
async fn code(app: &TestApp, query: &str) -> String {
    let browser = app.browser();
    let login = browser.get(&format!("/api/oauth/google/login{query}")).await;
    assert_eq!(login.status, 303, "{}", login.text);
    assert!(!login.header("location").contains(CHALLENGE), "Google has a challenge of ours");
    let back = browser.get(&app.providers.allow(login.header("location"), &ada_at_google())).await;
    answered(&back, "exchange_code").unwrap()
}

async fn exchange(app: &TestApp, code: &str, verifier: Option<&str>) -> Answer {
    app.anon().post("/api/oauth/exchange", json!({ "exchange_code": code, "exchange_verifier": verifier })).await
}

#[tokio::test]
async fn where_a_page_gave_a_challenge_its_verifier_is_required() {
    let app = TestApp::with_providers();
    let code = code(&app, &format!("?exchange_challenge={CHALLENGE}")).await;
    let another = "a".repeat(43);
    for wrong in [None, Some(another.as_str()), Some(CHALLENGE)] {
        assert_eq!(exchange(&app, &code, wrong).await.summary(), "400 code_invalid", "{wrong:?}");
    }
    assert_eq!(exchange(&app, &code, Some(VERIFIER)).await.status, 200, "what was tried in vain spent nothing");
    assert_eq!(exchange(&app, &code, Some(VERIFIER)).await.summary(), "400 code_invalid");
    app.run_workers().await;
}

#[tokio::test]
async fn a_code_of_a_visit_without_a_challenge_is_none_for_a_page_that_gave_one() {
    let app = TestApp::with_providers();
    // Somebody led the page's visitor to it with a code of a visit of their own.
    let planted = code(&app, "").await;
    assert_eq!(exchange(&app, &planted, Some(VERIFIER)).await.summary(), "400 code_invalid");
    assert_eq!(exchange(&app, &planted, None).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn a_challenge_is_a_digest_and_a_verifier_has_43_to_128_plain_characters() {
    let app = TestApp::with_providers();
    for wrong in ["", "x", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c%3D", &"A".repeat(44), &"%2B".repeat(43)] {
        let login = app.anon().get(&format!("/api/oauth/google/login?exchange_challenge={wrong}")).await;
        assert_eq!(login.details(), "422 validation_failed /exchange_challenge invalid", "{wrong}");
    }
    let twice = format!("exchange_challenge={CHALLENGE}&exchange_challenge={CHALLENGE}");
    let login = app.anon().get(&format!("/api/oauth/google/login?{twice}")).await;
    assert_eq!(login.details(), "422 validation_failed /exchange_challenge invalid");
    let code = code(&app, &format!("?exchange_challenge={CHALLENGE}")).await;
    for wrong in ["", "x", &"a".repeat(42), &"a".repeat(129), &"a b".repeat(20), &"é".repeat(43)] {
        let answer = exchange(&app, &code, Some(wrong)).await;
        assert_eq!(answer.details(), "422 validation_failed /exchange_verifier invalid", "{wrong}");
    }
    assert_eq!(URL_SAFE_NO_PAD.decode(CHALLENGE).unwrap().len(), 32);
}

#[tokio::test]
async fn a_page_that_keeps_cookies_may_bind_its_visit_too() {
    let app = TestApp::with_providers();
    let browser = app.browser();
    let login = browser.get(&format!("/api/oauth/google/login?exchange_challenge={CHALLENGE}")).await;
    let back = browser.get(&app.providers.allow(login.header("location"), &ada_at_google())).await;
    let code = answered(&back, "exchange_code").unwrap();
    let without = json!({ "exchange_code": code, "cookie": true });
    assert_eq!(browser.post("/api/oauth/exchange", without).await.summary(), "400 code_invalid");
    let right = json!({ "exchange_code": code, "cookie": true, "exchange_verifier": VERIFIER });
    assert_eq!(app.browser().post("/api/oauth/exchange", right.clone()).await.summary(), "400 code_invalid");
    browser.post("/api/oauth/exchange", right).await.success();
    app.run_workers().await;
}
