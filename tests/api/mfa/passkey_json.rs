//! What clients write of passkeys otherwise than the standard's `toJSON()`, and mean the same by.

use latchkey_local::authenticator::SoftPasskey;
use latchkey_tests::{Person, TestApp, new_passkey};
use serde_json::{Value, json};

use super::ADA;

/// Writes each text of base64url in this JSON differently.
fn spelt(value: &Value, spell: fn(&str) -> String) -> Value {
    let mut sent = value.clone();
    for pointer in [
        "/id",
        "/rawId",
        "/response/clientDataJSON",
        "/response/attestationObject",
        "/response/authenticatorData",
        "/response/signature",
        "/response/userHandle",
    ] {
        if let Some(text) = sent.pointer_mut(pointer).filter(|text| text.is_string()) {
            *text = json!(spell(text.as_str().unwrap()));
        }
    }
    sent
}

fn padded(text: &str) -> String {
    format!("{text}{}", &"==="[..(4 - text.len() % 4) % 4])
}

fn standard(text: &str) -> String {
    padded(text).replace('-', "+").replace('_', "/")
}

fn on_lines(text: &str) -> String {
    let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("{}\n", lines.join("\n"))
}

const SPELLINGS: [fn(&str) -> String; 3] = [padded, standard, on_lines];

/// Makes a passkey, changes what the browser sends of it, and sends that.
async fn send_changed(
    app: &TestApp,
    ada: &Person,
    change: impl FnOnce(&SoftPasskey, &Value) -> Value,
) -> (String, SoftPasskey) {
    let mut passkey = new_passkey();
    let options = app.passkey_options(ada).await;
    let made = passkey.make(&options).unwrap();
    let answer = app.send_passkey(ada, change(&passkey, &made)).await;
    app.run_workers().await;
    (answer.details(), passkey)
}

#[tokio::test]
async fn base64_is_read_in_every_spelling_when_a_passkey_is_made_and_used() {
    let (app, ada) = TestApp::with_config(&[("RATE_PASSWORD", "100/hour")]).with_account(ADA).await;
    for (number, spelling) in SPELLINGS.into_iter().enumerate() {
        let (sent, mut passkey) = send_changed(&app, &ada, |_, made| spelt(made, spelling)).await;
        assert_eq!(sent, "201", "spelling {number}");
        let shown = passkey.show(&app.sign_in_options().await).unwrap();
        assert_eq!(app.send_assertion(&spelt(&shown, spelling)).await.details(), "200", "spelling {number}");
        app.run_workers().await;
    }
    let (sent, _) = send_changed(&app, &ada, |_, made| {
        let mut mixed = made.clone();
        mixed["id"] = json!(padded(made["id"].as_str().unwrap()));
        mixed
    })
    .await;
    assert_eq!(sent, "201", "the two ids name the same bytes");
}

#[tokio::test]
async fn what_may_be_left_out_may_be_null_and_what_is_unknown_is_passed_over() {
    let (app, ada) = TestApp::with_config(&[("RATE_PASSWORD", "100/hour")]).with_account(ADA).await;
    let (sent, mut passkey) = send_changed(&app, &ada, |_, made| {
        let mut odd = made.clone();
        odd["response"]["transports"] = json!(null);
        odd["authenticatorAttachment"] = json!(null);
        odd["clientExtensionResults"] = json!(null);
        odd["largeBlob"] = json!({ "supported": false });
        odd["response"]["publicKeyAlgorithm"] = json!(-7);
        odd
    })
    .await;
    assert_eq!(sent, "201");
    let mut shown = passkey.show(&app.sign_in_options().await).unwrap();
    shown["response"]["attestationObject"] = json!(null);
    shown["isConditional"] = json!(true);
    shown.as_object_mut().unwrap().remove("clientExtensionResults");
    assert_eq!(app.send_assertion(&shown).await.details(), "200");
    app.run_workers().await;
    let (sent, _) = send_changed(&app, &ada, |_, made| {
        let mut without = made.clone();
        without["response"].as_object_mut().unwrap().remove("transports");
        without
    })
    .await;
    assert_eq!(sent, "201");
}

#[tokio::test]
async fn a_user_handle_that_is_empty_is_none() {
    let (app, _ada, mut passkey) = TestApp::new().with_passkey(ADA).await;
    let without = async |options: &Value, passkey: &mut SoftPasskey| {
        let mut shown = passkey.show(options).unwrap();
        shown["response"]["userHandle"] = json!("");
        shown
    };
    let token = app.first_step(ADA).await;
    let shown = without(&app.second_step_options(&token).await, &mut passkey).await;
    assert_eq!(app.second_step_by_passkey(&token, &shown).await.details(), "200", "who it is was said before");
    let shown = without(&app.sign_in_options().await, &mut passkey).await;
    assert_eq!(app.send_assertion(&shown).await.summary(), "401 invalid_credentials", "here nobody has said it");
    app.run_workers().await;
}

#[tokio::test]
async fn a_statement_that_was_not_asked_for_is_dropped_and_the_passkey_is_good() {
    let (app, ada) = TestApp::with_config(&[("RATE_PASSWORD", "100/hour")]).with_account(ADA).await;
    // {"alg": -7, "sig": h'00', "x5c": [h'00']}, and one that no standard knows.
    let certified =
        [0xA3, 0x63, b'a', b'l', b'g', 0x26, 0x63, b's', b'i', b'g', 0x41, 0, 0x63, b'x', b'5', b'c', 0x81, 0x41, 0];
    for (format, statement) in [
        ("packed", certified.as_slice()),
        ("fido-u2f", &certified),
        ("apple", &[0xA0]),
        ("compound", &[0xA1, 0x61, b'x', 1]),
    ] {
        let mut passkey = new_passkey();
        let options = app.passkey_options(&ada).await;
        passkey.make(&options).unwrap();
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        let client_data = passkey.client_data("webauthn.create", challenge);
        let made = passkey.registration(&client_data, &passkey.attestation(format, statement));
        assert_eq!(app.send_passkey(&ada, made).await.details(), "201", "{format}");
        assert_eq!(app.sign_in_by_passkey(&mut passkey).await.status, 200, "{format}");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn what_security_rests_on_is_read_as_strictly_as_before() {
    let (app, ada) = TestApp::with_config(&[("RATE_PASSWORD", "100/hour")]).with_account(ADA).await;
    let set = |pointer: &'static str, value: Value| {
        move |_: &SoftPasskey, made: &Value| {
            let mut sent = made.clone();
            *sent.pointer_mut(pointer).unwrap() = value;
            sent
        }
    };
    for (pointer, value, expected) in [
        ("/id", json!("AAAA"), "400 passkey_invalid"),
        ("/rawId", json!(""), "400 passkey_invalid"),
        ("/type", json!("password"), "400 passkey_invalid"),
        ("/response/clientDataJSON", json!("e30*"), "400 passkey_invalid"),
        ("/response/attestationObject", json!("===="), "400 passkey_invalid"),
        ("/response/transports", json!("usb"), "422 invalid_body /passkey/response/transports wrong_type"),
        ("/response/clientDataJSON", json!(null), "422 invalid_body /passkey/response/clientDataJSON wrong_type"),
    ] {
        let (answered, _) = send_changed(&app, &ada, set(pointer, value)).await;
        assert_eq!(answered, expected, "{pointer}");
    }
}
