//! The acts themselves: what they change, whom they tell, and what the audit log keeps.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_identity::accounts::{AccountId, ActError, find, suspend};
use latchkey_identity::mfa::reset;
use latchkey_identity::privacy::delete_account::delete_account;
use latchkey_identity::sessions::end_all;
use latchkey_tests::{NEW_PASSWORD, Person, TestApp};
use serde_json::{Value, json};

use super::{ADA, by_operator, events, of_kind};

fn id(person: &Person) -> AccountId {
    person.id().parse().unwrap()
}

async fn me(app: &TestApp, person: &Person) -> String {
    person.calling(app).get("/api/auth/me").await.summary()
}

#[tokio::test]
async fn a_suspension_ends_every_session_with_its_next_request_and_is_told() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let laptop = Person::of(app.sign_in(ADA).await.success());
    app.suspend(&ada).await;
    for session in [&ada, &laptop] {
        assert_eq!(me(&app, session).await, "401 token_invalid");
        assert_eq!(app.refresh(&session.refresh).await.summary(), "401 token_invalid");
    }
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert_eq!(mail.subject, "Your Acme account is suspended");
    let lines = by_operator(&app);
    assert_eq!(events(&lines), ["ACCOUNT_SUSPENDED"]);
    assert!(lines[0]["actor"]["S"].is_null() && lines[0]["address"]["S"].is_null(), "{:?}", lines[0]);
    assert_eq!(lines[0]["account_id"]["S"], ada.id());
    assert_eq!(app.sign_in(ADA).await.summary(), "403 suspended");
    let (shared, operator) = app.operator();
    let again = suspend::suspend(&shared, &operator, id(&ada)).await;
    assert!(matches!(again, Err(ActError::NothingToDo)));
}

#[tokio::test]
async fn a_lifted_suspension_lets_the_user_in_and_no_session_of_before() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.suspend(&ada).await;
    app.run_workers().await;
    app.advance(SignedDuration::from_mins(1));
    app.lift_suspension(&ada).await;
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).subject, "Your Acme account is open again");
    assert_eq!(me(&app, &ada).await, "401 token_invalid", "what was ended stays ended");
    let back = Person::of(app.sign_in(ADA).await.success());
    assert_eq!(events(&by_operator(&app)), ["ACCOUNT_RESTORED", "ACCOUNT_SUSPENDED"]);
    let log = back.calling(&app).get("/api/auth/security-log?limit=100").await.success();
    let line = log["items"].as_array().unwrap().iter().find(|line| line["event"] == "ACCOUNT_SUSPENDED").unwrap();
    assert_eq!(line["description"], "An operator suspended the account");
    assert_eq!((&line["by_me"], &line["ip_address"]), (&json!(false), &Value::Null));
    let (shared, operator) = app.operator();
    assert!(matches!(suspend::lift(&shared, &operator, id(&ada)).await, Err(ActError::NothingToDo)));
}

#[tokio::test]
async fn who_asks_to_reset_the_password_of_a_suspended_account_is_mailed_that_it_is_suspended() {
    let app = TestApp::with_config(&[("EMAIL_CODE_SIGN_IN", "on")]);
    let ada = app.new_account(ADA).await;
    app.suspend(&ada).await;
    app.run_workers().await;
    for path in ["/api/auth/password-reset", "/api/auth/email-code"] {
        let told = app.subjects_to(ADA).len();
        assert_eq!(app.anon().post(path, json!({ "email": ADA })).await.status, 202);
        app.run_workers().await;
        assert_eq!(app.subjects_to(ADA).len(), told + 1, "{path}");
        let mail = app.mail_to(ADA);
        assert_eq!(mail.subject, "Your Acme account is suspended");
        assert!(!mail.text.contains("token=") && !mail.text.chars().any(|c| c.is_ascii_digit()), "{}", mail.text);
    }
    app.lift_suspension(&ada).await;
    app.run_workers().await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let answer = app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    app.run_workers().await;
}

#[tokio::test]
async fn a_change_of_the_address_can_be_undone_while_the_account_is_suspended_and_lets_nobody_in() {
    let (app, thief) = TestApp::new().with_account(ADA).await;
    app.change_email(&thief, "thief@example.net").await;
    let undo = app.undo_link_to(ADA);
    app.suspend(&thief).await;
    app.run_workers().await;
    assert_eq!(app.undo_email_change(&undo).await.status, 303);
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    assert!(mail.text.contains("suspended") && !mail.text.contains("reset-password"), "{}", mail.text);
    assert_ne!(app.sign_in(ADA).await.status, 200, "the password is void");
    app.lift_suspension(&thief).await;
    app.run_workers().await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let answer = app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    app.run_workers().await;
}

#[tokio::test]
async fn an_operator_signs_a_user_out_on_every_device() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let laptop = Person::of(app.sign_in(ADA).await.success());
    app.ask_for_email(&laptop, "ada@example.org").await.success();
    app.run_workers().await;
    let (shared, operator) = app.operator();
    end_all::end_all(&shared, &operator, id(&ada)).await.unwrap();
    app.run_workers().await;
    for session in [&ada, &laptop] {
        assert_eq!(me(&app, session).await, "401 token_invalid");
    }
    assert_eq!(app.mail_to(ADA).subject, "You were signed out of Acme on every device");
    assert_eq!(events(&by_operator(&app)), ["ALL_SESSIONS_ENDED"]);
    let back = Person::of(app.sign_in(ADA).await.success());
    assert_eq!(app.confirm_email(&back, &app.code_to("ada@example.org")).await.summary(), "400 code_invalid");
    let account = find::find(app.store(), ADA).await.unwrap().unwrap();
    assert_eq!(end_all::count_alive(app.store(), &account, app.now()).await.unwrap(), 1);
}

#[tokio::test]
async fn an_operator_removes_every_second_factor_and_the_password_alone_signs_in() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let ada = app.sign_in_with(&ada.email, &authenticator).await;
    let mut passkey = app.enrol_passkey(&ada).await;
    let token = app.first_step(ADA).await;
    let (shared, operator) = app.operator();
    reset::reset(&shared, &operator, id(&ada)).await.unwrap();
    app.run_workers().await;
    assert_eq!(me(&app, &ada).await, "401 token_invalid");
    assert_eq!(app.second_step(&token, &authenticator.next_code(&app)).await.summary(), "401 token_invalid");
    assert_eq!(app.sign_in_by_passkey(&mut passkey).await.summary(), "401 invalid_credentials");
    let back = Person::of(app.sign_in(ADA).await.success());
    assert_eq!(back.answer["user"]["mfa_enabled"], false);
    assert_eq!(app.mail_to(ADA).subject, "The second factors of your Acme account were removed");
    let lines = by_operator(&app);
    assert_eq!(events(&lines), ["MFA_REMOVED", "MFA_REMOVED", "MFA_REMOVED"], "app, recovery codes, passkey");
    assert!(lines.iter().all(|line| line["extra"]["M"]["by"]["S"] == "operator"), "{lines:?}");
    for kind in ["Totp", "RecoveryCodes", "Passkey", "PasskeyClaim"] {
        assert!(of_kind(&app, kind).is_empty(), "{kind}");
    }
    let (shared, operator) = app.operator();
    assert!(matches!(reset::reset(&shared, &operator, id(&ada)).await, Err(ActError::NothingToDo)));
}

#[tokio::test]
async fn a_deletion_by_an_operator_has_the_grace_and_the_link_of_every_other() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let (shared, operator) = app.operator();
    let at = delete_account(&shared, &operator, id(&ada), false).await.unwrap();
    assert_eq!(at, app.now().plus(SignedDuration::from_hours(14 * 24)));
    assert_eq!(delete_account(&shared, &operator, id(&ada), false).await.unwrap(), at, "it stays as it is");
    app.run_workers().await;
    assert_eq!(me(&app, &ada).await, "401 token_invalid");
    let mail = app.mail_to(ADA);
    assert_eq!(mail.subject, "Your Acme account will be deleted");
    assert!(mail.text.contains("the operator of Acme") && !mail.text.contains("0.0.0.0"), "{}", mail.text);
    assert_eq!(events(&by_operator(&app)), ["DATA_DELETE_REQUESTED"]);
    let form = app.link_to(ADA).split_once('?').unwrap().1.to_owned();
    assert_eq!(app.anon().post_form("/cancel-deletion", &form).await.status, 303);
    app.run_workers().await;
    assert_eq!(app.sign_in(ADA).await.status, 200);
}

#[tokio::test]
async fn a_deletion_by_an_operator_at_once_erases_the_account_even_where_a_later_one_waits() {
    for waits in [false, true] {
        let (app, ada) = TestApp::new().with_account(ADA).await;
        if waits {
            ada.calling(&app).delete("/api/auth/me").await.success();
            app.run_workers().await;
            app.advance(SignedDuration::from_hours(1));
        }
        let (shared, operator) = app.operator();
        assert_eq!(delete_account(&shared, &operator, id(&ada), true).await.unwrap(), app.now());
        app.run_workers().await;
        assert!(of_kind(&app, "Account").is_empty(), "{waits}");
        assert_eq!(of_kind(&app, "ErasureCertificate").len(), 1, "{waits}");
        assert!(of_kind(&app, "OutboxItem").is_empty(), "{waits}: no job is left behind");
        let again = delete_account(&shared, &operator, id(&ada), true).await;
        assert!(matches!(again, Err(ActError::NotFound)), "{waits}");
    }
}

#[tokio::test]
async fn acts_at_once_happen_one_after_the_other() {
    let (app, ada) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(ADA).await;
    let (shared, operator) = app.operator();
    let ada_id = id(&ada);
    let suspended = join_all((0..8).map(|_| suspend::suspend(&shared, &operator, ada_id)));
    let (suspended, ended, signed_in) =
        tokio::join!(suspended, end_all::end_all(&shared, &operator, ada_id), app.sign_in(ADA));
    assert_eq!(suspended.iter().filter(|done| done.is_ok()).count(), 1);
    assert!(suspended.iter().all(|done| matches!(done, Ok(()) | Err(ActError::NothingToDo))), "{suspended:?}");
    assert!(ended.is_ok(), "{ended:?}");
    if signed_in.status == 200 {
        assert_eq!(me(&app, &Person::of(signed_in.json())).await, "401 token_invalid");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn a_user_is_found_by_email_address_username_phone_and_id() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.new_account("bea@example.com").await;
    ada.calling(&app).patch("/api/auth/me", json!({ "username": "ada_k" })).await.success();
    ada.calling(&app).patch("/api/auth/profile", json!({ "phone": "+49 170 1234567" })).await.success();
    for known in ["Ada@Example.com", " ada@example.com ", "ADA_K", "+491701234567", "+49 170 1234567", ada.id()] {
        let found = find::find(app.store(), known).await.unwrap();
        assert_eq!(found.map(|account| account.id), Some(id(&ada)), "{known}");
    }
    for unknown in ["nobody@example.com", "nobody", "+49 170 7654321", "019caddd-b0c0-7000-8000-000000000000", "", "?"]
    {
        assert!(find::find(app.store(), unknown).await.unwrap().is_none(), "{unknown}");
    }
}

#[tokio::test]
async fn an_account_stays_below_a_kilobyte() {
    let (app, ada, _) = TestApp::with_config(&[("RATE_FACTOR", "100")]).with_authenticator(ADA).await;
    app.suspend(&ada).await;
    app.run_workers().await;
    let account = of_kind(&app, "Account").remove(0);
    let size: usize = account.as_object().unwrap().iter().map(|(name, value)| name.len() + size(value)).sum();
    // Two disowned devices, as many as an account remembers, would come besides.
    assert!(size + "disowned_devices".len() + 3 + 2 * 36 < 1024, "{size}");
}

/// What a value takes, as DynamoDB counts it.
fn size(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 0 };
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => text.len(),
        ("N", Value::String(digits)) => digits.len().div_ceil(2) + 1,
        ("M", Value::Object(fields)) => {
            3 + fields.iter().map(|(name, value)| 1 + name.len() + self::size(value)).sum::<usize>()
        }
        ("L" | "SS", Value::Array(items)) => {
            let one = |item: &Value| item.as_str().map_or_else(|| 1 + self::size(item), str::len);
            3 + items.iter().map(one).sum::<usize>()
        }
        _ => 1,
    }
}
