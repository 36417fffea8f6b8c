//! Showing a token or a code where another kind is due: every kind that the product gives out, in the place of each that
//! an operation takes. They belong to the very person, so that nothing but their kind is wrong.

use std::collections::BTreeSet;
use std::pin::Pin;

use latchkey_tests::{Besides, Ready, TestApp, operations};
use serde_json::Value;

const ADA: &str = "ada@example.com";

/// A wrong code is a try, and a code has five.
const CODES_TRIED: usize = 3;

/// What a token is good for, or that it is a code.
fn kind(secret: &str) -> &str {
    match secret.as_bytes() {
        [b'l', b'k', _, b'_', ..] => &secret[..4],
        [b'e', b'y', b'J', ..] => "access",
        _ => "code",
    }
}

/// An operation that takes what another takes as well: it tells of either whether it is good.
const TAKES_EITHER: &str = "verify_token";

/// The operations that go on with a registration of Ada's: what she asks for besides would void it.
const REGISTERS: [&str; 4] = ["confirm_email", "confirm_email_page", "resend_verification", "verify_email"];

/// Other people are given what the product gives anybody.
fn to_others(app: &TestApp) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    Box::pin(async {
        let cyd = app.new_account("cyd@example.com").await;
        app.change_email(&cyd, "cyd@example.org").await;
        app.register("eve@example.com").await;
        let dan = app.new_account("dan@example.com").await;
        app.enrol_totp(&dan).await;
        app.first_step("dan@example.com").await;
        dan.calling(app).delete("/api/auth/me").await.success();
        app.run_workers().await;
        app.sign_in_elsewhere(ADA).await;
    })
}

/// Ada as well, besides what the operation itself is given.
fn to_everybody(app: &TestApp) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    Box::pin(async {
        app.ask_for_reset(ADA).await;
        app.ask_for_sign_in_code(ADA).await;
        to_others(app).await;
    })
}

/// The secrets that a request shows.
fn shown(ready: &Ready, issued: &BTreeSet<String>) -> Vec<String> {
    issued.iter().filter(|secret| ready.carries(secret)).cloned().collect()
}

/// What must not change by a request that shows the wrong thing.
fn kept(app: &TestApp) -> Vec<Value> {
    app.engine.items_without_tries_but(&["AuditEvent", "RateCounter"])
}

#[tokio::test]
async fn showing_every_kind_of_token_and_code_in_the_place_of_every_other() {
    let (mut tried, mut kinds) = (0, BTreeSet::new());
    for (operation, _) in operations() {
        let given: Besides = if REGISTERS.contains(&operation.as_str()) { to_others } else { to_everybody };
        let (app, ready) = TestApp::ready_after(&operation, given).await;
        let issued = app.issued();
        let before = kept(&app);
        for right in shown(&ready, &issued) {
            kinds.insert(kind(&right).to_owned());
            let mut codes = 0;
            let others = issued.iter().filter(|wrong| kind(wrong) != kind(&right) || kind(wrong) == "code");
            for wrong in others.filter(|wrong| **wrong != right) {
                codes += usize::from(kind(wrong) == "code" && kind(&right) == "code");
                let pair = [kind(wrong), kind(&right)];
                let either = operation == TAKES_EITHER && pair.iter().all(|kind| ["access", "lkr_"].contains(kind));
                if (kind(wrong) == "code" && codes > CODES_TRIED) || either {
                    continue;
                }
                tried += 1;
                let answer = ready.replacing(&right, wrong).send(&app).await;
                let told = format!("{operation} with a {} for a {}: {}", pair[0], pair[1], answer.text);
                assert!(answer.status.is_client_error(), "{told}");
            }
        }
        assert_eq!(kept(&app), before, "{operation}");
        app.leave_mail_unsent();
    }
    assert!(tried > 500, "{tried} were tried");
    assert!(kinds.len() > 8, "{kinds:?}");
}

/// Everything in the tables that was made from a secret.
fn stored_secrets(app: &TestApp) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in app.engine.items_but(&[]) {
        for (name, value) in item.as_object().unwrap() {
            let made_from_one = ["digest", "sealed", "digests", "secret"].iter().any(|word| name.ends_with(word));
            if made_from_one || ["flows", "live", "newest"].contains(&name.as_str()) {
                texts(value, &mut found);
            }
        }
    }
    found
}

/// The texts of an attribute, however deep they lie.
fn texts(attribute: &Value, found: &mut BTreeSet<String>) {
    match attribute {
        Value::String(text) => drop(found.insert(text.clone())),
        Value::Array(list) => list.iter().for_each(|one| texts(one, found)),
        Value::Object(fields) => fields.values().for_each(|one| texts(one, found)),
        _ => {}
    }
}

#[tokio::test]
async fn showing_what_the_tables_hold_in_the_place_of_a_token_or_code() {
    let mut tried = 0;
    for (operation, _) in operations() {
        let (app, ready) = TestApp::ready_for(&operation).await;
        let stored = stored_secrets(&app);
        let before = kept(&app);
        for right in shown(&ready, &app.issued()) {
            for stolen in &stored {
                // As it lies there, and as the token that it was made from would look.
                for wrong in [stolen.clone(), format!("{}{stolen}", kind(&right))] {
                    tried += 1;
                    let answer = ready.replacing(&right, &wrong).send(&app).await;
                    assert!(answer.status.is_client_error(), "{operation} with {wrong}: {}", answer.text);
                }
            }
        }
        assert_eq!(kept(&app), before, "{operation}");
    }
    assert!(tried > 100, "{tried} were tried");
}
