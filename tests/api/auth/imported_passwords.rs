//! Signing in with a password whose hash another system made.

use latchkey_identity::accounts::{ImportRefused, TakeOverError};
use latchkey_tests::{Answer, PASSWORD, TestApp};
use serde_json::{Value, json};

/// The password of everybody, as other systems would have stored it: bcrypt, PBKDF2 and Argon2id.
const HASHES: [&str; 3] = [
    "$2b$04$CCCCCCCCCCCCCCCCCCCCC.0uP/2zHIr81tVya45gVnDFLBmqu9l4W",
    "pbkdf2_sha256$1000$seasalt$3xmXbyk2QpiyNcnoBbzRPwEBsYPTbDlRdtmLyBvQltA=",
    "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$aq42HBL+IPAitHspChw/8mx5JRX2jFDkTmlsBskwH/0",
];

/// What is stored of the one account's password.
fn stored(app: &TestApp) -> Value {
    let items = app.engine.scan("MainTable");
    items.iter().find(|item| item["entity"]["S"] == "Account").unwrap()["password"]["M"].clone()
}

async fn sign_in(app: &TestApp, password: &str) -> Answer {
    app.anon().post("/api/auth/token", json!({ "login": "ada@example.com", "password": password })).await
}

#[tokio::test]
async fn the_first_sign_in_recognises_it_and_stores_it_as_ours() {
    for hash in HASHES {
        let (app, ada) = TestApp::new().with_account("ada@example.com").await;
        app.import_password(&ada, hash).await.unwrap();
        assert_eq!(sign_in(&app, "not the password").await.summary(), "401 invalid_credentials", "{hash}");
        assert!(stored(&app)["recipe"].is_object(), "a wrong password changes nothing");

        let hashes = app.hashes();
        assert_eq!(sign_in(&app, PASSWORD).await.status, 200, "{hash}");
        assert_eq!(app.hashes() - hashes, 2, "one to recognise it, one to store it");
        assert!(stored(&app)["phc"]["S"].as_str().unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(stored(&app)["recipe"].is_null());

        let hashes = app.hashes();
        assert_eq!(sign_in(&app, PASSWORD).await.status, 200);
        assert_eq!(app.hashes() - hashes, 1);
    }
}

#[tokio::test]
async fn what_bcrypt_did_not_read_counts_from_the_first_sign_in_on() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let first_72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    app.import_password(&ada, hash).await.unwrap();
    let typed = format!("{first_72} and more");
    assert_eq!(sign_in(&app, &typed).await.status, 200);
    assert_eq!(sign_in(&app, first_72).await.summary(), "401 invalid_credentials");
    assert_eq!(sign_in(&app, &typed).await.status, 200);
}

#[tokio::test]
async fn two_first_sign_ins_at_once_both_succeed() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.import_password(&ada, HASHES[0]).await.unwrap();
    let (one, other) = futures_util::future::join(sign_in(&app, PASSWORD), sign_in(&app, PASSWORD)).await;
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    assert_eq!(sign_in(&app, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_hash_that_would_stall_a_function_is_not_taken_over() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let costly = "$2b$31$CCCCCCCCCCCCCCCCCCCCC.0uP/2zHIr81tVya45gVnDFLBmqu9l4W";
    let refused = app.import_password(&ada, costly).await;
    assert!(matches!(refused, Err(TakeOverError::Refused(ImportRefused::TooCostly))));
    assert_eq!(sign_in(&app, PASSWORD).await.status, 200, "the one from before is untouched");
}

#[tokio::test]
async fn a_stored_recipe_that_asks_for_too_much_is_a_fault_and_costs_nothing() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.import_password(&ada, HASHES[0]).await.unwrap();
    let items = app.engine.scan("MainTable");
    let account = items.iter().find(|item| item["entity"]["S"] == "Account").unwrap();
    let spoil = json!({
        "TableName": "MainTable", "Key": { "pk": account["pk"], "sk": account["sk"] },
        "UpdateExpression": "SET password.recipe.bcrypt.cost = :c", "ExpressionAttributeValues": { ":c": { "N": "31" } },
    });
    app.engine.update(spoil);
    assert_eq!(sign_in(&app, PASSWORD).await.summary(), "500 internal_error");
}
