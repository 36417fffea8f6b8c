//! What no honest browser and no honest authenticator sends.

use latchkey_local::authenticator::USER_PRESENT;
use latchkey_tests::{TestApp, new_passkey};
use serde_json::{Value, json};

use super::{ADA, LOOSE, count, loose};

#[tokio::test]
async fn saying_nothing_of_whose_the_passkey_is() {
    let (app, _ada, mut passkey) = loose().await;
    for handle in [None, Some(vec![]), Some(vec![0; 16]), Some(vec![7; 64])] {
        passkey.user_handle = handle;
        assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials");
    }
}

#[tokio::test]
async fn using_a_passkey_that_did_not_verify_its_user_as_the_only_factor() {
    let (app, ada, mut passkey) = loose().await;
    for flags in [USER_PRESENT, 0x04, 0x00] {
        passkey.flags = flags;
        assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials", "{flags}");
    }
    let mut other = new_passkey();
    other.flags = USER_PRESENT;
    let made = other.make(&app.passkey_options(&ada).await).unwrap();
    assert_eq!(app.send_passkey(&ada, made).await.summary(), "400 passkey_invalid");
}

#[tokio::test]
async fn using_a_passkey_on_another_page_or_for_another_domain() {
    let (app, ada, mut passkey) = loose().await;
    let own = passkey.origin.clone();
    for origin in [
        "https://evil.example",
        "https://www.id.example.com",
        "https://example.com",
        "http://id.example.com",
        "https://id.example.com:8443",
        "https://id.example.com.evil.example",
        "https://ID.example.com",
        "https://id.example.com/",
        "null",
        "",
    ] {
        passkey.origin = origin.to_owned();
        assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials", "{origin}");
        let mut other = new_passkey();
        other.origin = origin.to_owned();
        let made = other.make(&app.passkey_options(&ada).await).unwrap();
        assert_eq!(app.send_passkey(&ada, made).await.summary(), "400 passkey_invalid", "{origin}");
    }
    passkey.origin = own;
    for domain in ["example.com", "www.id.example.com", "evil.example", ""] {
        passkey.rp_id = domain.to_owned();
        assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials", "{domain}");
        let mut other = new_passkey();
        let mut options = app.passkey_options(&ada).await;
        options["publicKey"]["rp"]["id"] = json!(domain);
        let made = other.make(&options).unwrap();
        assert_eq!(app.send_passkey(&ada, made).await.summary(), "400 passkey_invalid", "{domain}");
    }
}

#[tokio::test]
async fn tampering_with_what_the_browser_sends_of_a_new_passkey() {
    let (app, ada) = TestApp::with_config(&LOOSE).with_account(ADA).await;
    let options = app.passkey_options(&ada).await;
    let mut passkey = new_passkey();
    let honest = passkey.make(&options).unwrap();
    let client_data = passkey.client_data("webauthn.create", options["publicKey"]["challenge"].as_str().unwrap());
    let with = |attestation: Vec<u8>| passkey.registration(&client_data, &attestation);
    let replaced = |old: &[u8], new: &[u8]| {
        let good = passkey.attestation("none", &[0xA0]);
        let at = good.windows(old.len()).position(|window| window == old).unwrap();
        [&good[..at], new, &good[at + old.len()..]].concat()
    };
    let mut other_id = honest.clone();
    other_id["id"] = json!("AAAA");
    let mut other_kind = honest.clone();
    other_kind["type"] = json!("password");
    for (attack, sent) in [
        ("a statement that says none is not empty", with(passkey.attestation("none", &[0xA1, 0x61, b'x', 0x01]))),
        (
            "its own word without a signature",
            with(passkey.attestation("packed", &[0xA1, 0x63, b'a', b'l', b'g', 0x26])),
        ),
        (
            "an algorithm that was not asked for",
            with(replaced(&[0xA5, 0x01, 0x02, 0x03, 0x26], &[0xA5, 0x01, 0x02, 0x03, 0x27])),
        ),
        ("an RSA key's type", with(replaced(&[0xA5, 0x01, 0x02, 0x03, 0x26], &[0xA5, 0x01, 0x03, 0x03, 0x26]))),
        ("another id inside", with(replaced(&[0xC0, 0xC0], &[0xC1, 0xC0]))),
        ("bytes behind it", with([passkey.attestation("none", &[0xA0]), vec![0]].concat())),
        ("no CBOR", with(b"attestation".to_vec())),
        ("another id outside", other_id),
        ("another kind", other_kind),
    ] {
        assert_eq!(app.send_passkey(&ada, sent).await.summary(), "400 passkey_invalid", "{attack}");
    }
    assert_eq!(count(&app, "Passkey"), 0);
    assert_eq!(app.send_passkey(&ada, honest).await.status, 201);
    app.run_workers().await;
}

#[tokio::test]
async fn tampering_with_what_the_browser_sends_of_a_passkey_that_was_used() {
    let (app, _ada, mut passkey) = loose().await;
    let honest = passkey.show(&app.sign_in_options().await).unwrap();
    let other = passkey.show(&app.sign_in_options().await).unwrap();
    let with = |field: &str, value: Value| {
        let mut sent = honest.clone();
        sent["response"][field] = value;
        sent
    };
    let mut other_id = honest.clone();
    other_id["id"] = json!("AAAA");
    for sent in [
        with("signature", other["response"]["signature"].clone()),
        with("signature", json!("")),
        with("clientDataJSON", other["response"]["clientDataJSON"].clone()),
        with("clientDataJSON", json!("e30")),
        with("authenticatorData", json!("AAAA")),
        with("userHandle", json!("AAAA")),
        other_id,
    ] {
        assert_eq!(app.send_assertion(&sent).await.summary(), "401 invalid_credentials", "{sent}");
    }
    assert_eq!(app.send_assertion(&honest).await.status, 200, "and the challenge was still good");
    app.run_workers().await;
}
