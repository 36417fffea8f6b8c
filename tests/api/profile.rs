//! `GET`, `PUT` and `PATCH /api/auth/profile`.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{PASSWORD, Person, TestApp};
use serde_json::{Value, json};

use crate::names::{audited, items};

const PROFILE: &str = "/api/auth/profile";

fn whole() -> Value {
    json!({
        "marketing_consent": true,
        "phone": "+49 170 1234567",
        "organisation": "Analytical Engines",
        "address": "12 St James's Square\nLondon",
        "bank_name": "Bank of England",
        "bank_account": "GB33BUKB20201555555555",
        "avatar_url": "https://img.example.com/ada.png",
        "locale": "en-GB",
        "time_zone": "Europe/London",
    })
}

/// Gives an account roles, as the command line will.
fn give_roles(app: &TestApp, person: &Person, roles: &[&str]) {
    let key = json!({
        "pk": { "S": format!("ACCOUNT#{}", person.answer["user"]["id"].as_str().unwrap()) }, "sk": { "S": "ACCOUNT" },
    });
    let roles: Vec<_> = roles.iter().map(|role| json!({ "S": role })).collect();
    let update = json!({
        "TableName": "MainTable", "Key": key, "UpdateExpression": "SET #r = :r",
        "ExpressionAttributeNames": { "#r": "roles" }, "ExpressionAttributeValues": { ":r": { "L": roles } },
    });
    app.engine.update(update);
}

#[tokio::test]
async fn a_profile_is_there_from_the_accounts_first_moment() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let profile = ada.calling(&app).get(PROFILE).await;
    assert_eq!(profile.header("cache-control"), "private, no-cache");
    let profile = profile.success();
    let fields: Vec<_> = profile.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "address",
            "avatar_url",
            "bank_account",
            "bank_name",
            "locale",
            "marketing_consent",
            "marketing_consent_updated_at",
            "organisation",
            "phone",
            "time_zone",
            "updated_at"
        ]
    );
    assert_eq!(profile["marketing_consent"], false);
    assert!(profile.as_object().unwrap().iter().all(|(name, value)| name == "marketing_consent" || value.is_null()));
}

#[tokio::test]
async fn what_was_agreed_to_at_registration_stands_in_the_profile() {
    let app = TestApp::new();
    let body = json!({ "email": "ada@example.com", "name": "Ada", "password": PASSWORD, "marketing_consent": true });
    let said = app.now();
    let token = app.anon().post("/api/auth/register", body).await.text_of("registration_token");
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(5));
    let ada = Person::of(app.verify_email(&token, &app.code_to("ada@example.com")).await.success());
    app.run_workers().await;
    let profile = ada.calling(&app).get(PROFILE).await.success();
    assert_eq!(profile["marketing_consent"], true);
    assert_eq!(profile["marketing_consent_updated_at"], json!(said));
}

#[tokio::test]
async fn a_put_and_a_patch_change_what_they_name_and_null_clears() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let put = ada.calling(&app).put(PROFILE, whole()).await.success();
    for (name, value) in whole().as_object().unwrap() {
        assert_eq!(&put[name], value, "{name}");
    }
    assert_eq!(ada.calling(&app).get(PROFILE).await.success(), put);

    let patch = json!({ "organisation": null, "locale": "DE-at" });
    let patched = ada.calling(&app).patch(PROFILE, patch).await.success();
    let mut expected = put.clone();
    expected["organisation"] = Value::Null;
    expected["locale"] = json!("de-AT");
    assert_eq!(patched, expected);
    assert_eq!(ada.calling(&app).get(PROFILE).await.success(), expected);

    for body in [json!({ "marketing_consent": true }), json!({}), json!({ "marketing_consent": null })] {
        assert_eq!(ada.calling(&app).put(PROFILE, body.clone()).await.success(), expected, "{body}");
    }
    let put = ada.calling(&app).put(PROFILE, json!({ "address": null, "locale": "fr" })).await.success();
    expected["address"] = Value::Null;
    expected["locale"] = json!("fr");
    assert_eq!(put, expected);
    let put = ada.calling(&app).put(PROFILE, json!({ "phone": null })).await.success();
    assert_eq!((&put["phone"], &put["bank_name"]), (&Value::Null, &json!("Bank of England")));
    assert!(items(&app, "PhoneClaim").is_empty());
}

#[tokio::test]
async fn what_get_answers_can_be_sent_back() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for body in [json!({}), whole()] {
        ada.calling(&app).patch(PROFILE, body).await.success();
        app.advance(SignedDuration::from_mins(1));
        let mut shown = ada.calling(&app).get(PROFILE).await.success();
        assert_eq!(ada.calling(&app).put(PROFILE, shown.clone()).await.success(), shown);
        assert_eq!(ada.calling(&app).patch(PROFILE, shown.clone()).await.success(), shown);
        // What is read-only is taken and ignored, whatever stands in it.
        shown["updated_at"] = json!({ "any": ["thing"] });
        shown["marketing_consent_updated_at"] = json!("1999-01-01T00:00:00Z");
        shown["bank_name"] = json!("Another");
        let put = ada.calling(&app).put(PROFILE, shown).await.success();
        assert_eq!((&put["bank_name"], &put["updated_at"]), (&json!("Another"), &json!(app.now())));
    }
    let unknown = ada.calling(&app).put(PROFILE, json!({ "licence": {}, "role": "admin" })).await;
    assert_eq!(unknown.details(), "422 invalid_body /role unknown");
}

#[tokio::test]
async fn the_moment_of_consent_moves_only_when_consent_does() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let mut moments = Vec::new();
    for consent in [false, true, true, false, false, true] {
        app.advance(SignedDuration::from_mins(1));
        let profile = ada.calling(&app).patch(PROFILE, json!({ "marketing_consent": consent })).await.success();
        assert_eq!(profile["marketing_consent"], consent);
        moments.push(profile["marketing_consent_updated_at"].clone());
    }
    app.advance(SignedDuration::from_mins(1));
    let put = ada.calling(&app).put(PROFILE, json!({ "marketing_consent": true, "locale": "fr" })).await.success();
    moments.push(put["marketing_consent_updated_at"].clone());
    assert_eq!(moments[0], Value::Null, "a no that was never a yes");
    assert_eq!((moments[1] == moments[2], moments[2] == moments[3], moments[3] == moments[4]), (true, false, true));
    assert_eq!((moments[4] == moments[5], moments[5] == moments[6]), (false, true));
    let changes = audited(&app, "PROFILE_UPDATE");
    assert_eq!(changes.len(), 4);
    assert_eq!(changes[0], json!({ "changes": { "marketing_consent": { "old": false, "new": true } }, "fields": [] }));
}

#[tokio::test]
async fn the_log_names_a_field_and_never_what_stands_in_it() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    ada.calling(&app).put(PROFILE, whole()).await.success();
    let [change] = audited(&app, "PROFILE_UPDATE").try_into().unwrap();
    assert_eq!(change["fields"].as_array().unwrap().len(), 8);
    let log = json!(items(&app, "AuditEvent")).to_string();
    for (name, value) in whole().as_object().unwrap().iter().filter(|(_, value)| value.is_string()) {
        assert!(!log.contains(value.as_str().unwrap()), "{name} stands in the log");
    }
}

#[tokio::test]
async fn a_number_belongs_to_one_account_however_it_is_spaced() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let bea = app.new_account("bea@example.com").await;
    ada.calling(&app).patch(PROFILE, json!({ "phone": "+49 170 1234567" })).await.success();
    let taken = bea.calling(&app).patch(PROFILE, json!({ "phone": "+491701234567", "organisation": "Acme" })).await;
    assert_eq!(taken.summary(), "409 phone_taken");
    assert_eq!(bea.calling(&app).get(PROFILE).await.success()["organisation"], Value::Null, "nothing is half done");
    let spaced = ada.calling(&app).patch(PROFILE, json!({ "phone": "+49 1701 234567" })).await.success();
    assert_eq!(spaced["phone"], "+49 1701 234567");
    ada.calling(&app).patch(PROFILE, json!({ "phone": null })).await.success();
    bea.calling(&app).patch(PROFILE, json!({ "phone": "+491701234567" })).await.success();
    bea.calling(&app).patch(PROFILE, json!({ "phone": "+491701234568" })).await.success();
    ada.calling(&app).patch(PROFILE, json!({ "phone": "+491701234567" })).await.success();
    assert_eq!(items(&app, "PhoneClaim").len(), 2);
}

#[tokio::test]
async fn changes_of_different_fields_at_once_are_all_kept() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account("ada@example.com").await;
    let caller = ada.calling(&app);
    let fields: Vec<_> = whole().as_object().unwrap().clone().into_iter().collect();
    let answers = join_all(fields.iter().map(|(name, value)| caller.patch(PROFILE, json!({ name: value })))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let profile = caller.get(PROFILE).await.success();
    for (name, value) in fields {
        assert_eq!(profile[&name], value, "{name}");
    }
}

#[tokio::test]
async fn two_replacements_at_once_leave_one_of_them_whole() {
    for _ in 0..10 {
        let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
        let ada = app.new_account("ada@example.com").await;
        let caller = ada.calling(&app);
        caller
            .put(PROFILE, json!({ "marketing_consent": false, "phone": "+491000000", "locale": "aa" }))
            .await
            .success();
        let one = json!({ "marketing_consent": true, "phone": "+491000001", "locale": "aa" });
        let other = json!({ "marketing_consent": false, "phone": "+491000000", "locale": "bb" });
        join_all([caller.put(PROFILE, one.clone()), caller.put(PROFILE, other.clone())]).await;
        let left = caller.get(PROFILE).await.success();
        let is = |wanted: &Value| wanted.as_object().unwrap().iter().all(|(name, value)| &left[name] == value);
        assert!(is(&one) || is(&other), "{left}");
        assert_eq!(items(&app, "PhoneClaim").len(), 1);
    }
}

#[tokio::test]
async fn staff_and_superusers_have_no_profile() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for role in ["staff", "admin", "superuser"] {
        give_roles(&app, &ada, &["editor", role]);
        assert_eq!(ada.calling(&app).get(PROFILE).await.summary(), "404 no_profile");
        assert_eq!(ada.calling(&app).put(PROFILE, whole()).await.summary(), "404 no_profile");
        assert_eq!(ada.calling(&app).patch(PROFILE, json!({})).await.summary(), "404 no_profile");
    }
    assert!(items(&app, "Profile").is_empty());
    give_roles(&app, &ada, &["editor"]);
    assert_eq!(ada.calling(&app).get(PROFILE).await.status, 200);
}

#[tokio::test]
async fn a_profile_is_neither_made_nor_deleted() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for answer in [ada.calling(&app).post(PROFILE, json!({})).await, ada.calling(&app).delete(PROFILE).await] {
        assert_eq!(answer.summary(), "405 method_not_allowed");
        assert_eq!(answer.header("allow"), "GET,HEAD,PUT,PATCH");
    }
}

#[tokio::test]
async fn silence_is_neither_consent_nor_its_withdrawal() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for consent in [true, false] {
        ada.calling(&app).put(PROFILE, json!({ "marketing_consent": consent })).await.success();
        for silent in [json!({ "locale": "fr" }), json!({ "marketing_consent": null })] {
            assert_eq!(ada.calling(&app).put(PROFILE, silent.clone()).await.success()["marketing_consent"], consent);
            assert_eq!(ada.calling(&app).patch(PROFILE, silent).await.success()["marketing_consent"], consent);
        }
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let wrong = json!({
        "phone": "0170 1234567", "organisation": "", "address": "a\u{0}", "bank_name": "x".repeat(513),
        "bank_account": "x".repeat(25), "avatar_url": "javascript:alert(1)", "locale": "?", "time_zone": "Mars/Olympus",
    });
    let answer = ada.calling(&app).patch(PROFILE, wrong).await;
    assert_eq!(answer.summary(), "422 validation_failed");
    let pointers: Vec<_> =
        answer.json()["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(
        pointers,
        ["/phone", "/organisation", "/address", "/bank_name", "/bank_account", "/avatar_url", "/locale", "/time_zone"]
    );
}

#[tokio::test]
async fn a_profile_changes_at_most_twenty_times_an_hour() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    for n in 0..20 {
        ada.calling(&app).patch(PROFILE, json!({ "organisation": format!("Acme {n}") })).await.success();
    }
    let refused = ada.calling(&app).put(PROFILE, whole()).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert_eq!(ada.calling(&app).get(PROFILE).await.status, 200, "reading is not counted");
}
