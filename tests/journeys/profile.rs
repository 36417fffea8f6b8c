//! A person fills in who they are, and thinks better of some of it.

use jiff::SignedDuration;
use latchkey_tests::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_person_fills_in_their_profile_and_takes_some_of_it_back() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let bea = app.new_account("bea@example.com").await;
    let ada_calls = ada.calling(&app);

    let empty = ada_calls.get("/api/auth/profile").await.success();
    assert_eq!((&empty["phone"], &empty["marketing_consent"]), (&Value::Null, &json!(false)));

    let typo = json!({ "marketing_consent": true, "phone": "0170 1234567", "time_zone": "Europe/Londn" });
    let refused = ada_calls.put("/api/auth/profile", typo).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.json()["errors"].as_array().unwrap().len(), 2, "{}", refused.text);

    let filled = json!({ "marketing_consent": true, "phone": "+49 170 1234567", "time_zone": "Europe/London" });
    let filled = ada_calls.put("/api/auth/profile", filled).await.success();
    assert_eq!(filled["marketing_consent_updated_at"], json!(app.now()));

    app.advance(SignedDuration::from_mins(5));
    let silent = ada_calls.patch("/api/auth/profile", json!({ "marketing_consent": false })).await.success();
    assert_eq!((&silent["phone"], &silent["marketing_consent"]), (&json!("+49 170 1234567"), &json!(false)));

    ada_calls.patch("/api/auth/me", json!({ "name": "Ada King", "username": "countess" })).await.success();
    let id = ada.answer["user"]["id"].as_str().unwrap();
    let seen = bea.calling(&app).get(&format!("/api/users/{id}")).await.success();
    assert_eq!((&seen["username"], &seen["name"]), (&json!("countess"), &Value::Null));

    let bea_calls = bea.calling(&app);
    assert_eq!(
        bea_calls.patch("/api/auth/me", json!({ "username": "Countess" })).await.summary(),
        "409 username_taken"
    );
    let taken = bea_calls.patch("/api/auth/profile", json!({ "phone": "+491701234567" })).await;
    assert_eq!(taken.summary(), "409 phone_taken");

    ada_calls.patch("/api/auth/me", json!({ "username": null })).await.success();
    ada_calls.patch("/api/auth/profile", json!({ "phone": null })).await.success();
    bea_calls.patch("/api/auth/me", json!({ "username": "Countess" })).await.success();
    bea_calls.patch("/api/auth/profile", json!({ "phone": "+491701234567" })).await.success();
}
