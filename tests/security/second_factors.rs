//! Getting past a second factor.

use futures_util::future::{join, join_all};
use http::Method;
use jiff::SignedDuration;
use latchkey_tests::{Answer, Authenticator, Fault, NEW_PASSWORD, PASSWORD, Person, TestApp, code_of};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

/// Rates that let fifty try at once.
const LOOSE: [(&str, &str); 2] = [("RATE_SIGN_IN", "1000/min"), ("RATE_MFA", "1000/15min")];

async fn loose() -> (TestApp, Person, Authenticator) {
    TestApp::with_config(&LOOSE).with_authenticator(ADA).await
}

fn succeeded(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status.is_success()).count()
}

fn failures(app: &TestApp) -> usize {
    app.engine.scan("MainTable").iter().filter(|row| row["event"]["S"] == "MFA_FAILED").count()
}

#[tokio::test]
async fn showing_one_code_in_fifty_sign_ins_at_once() {
    let (app, _ada, authenticator) = loose().await;
    let mut tokens = Vec::new();
    for _ in 0..50 {
        tokens.push(app.first_step(ADA).await);
    }
    let code = authenticator.next_code(&app);
    let answers = join_all(tokens.iter().map(|token| app.second_step(token, &code))).await;
    assert_eq!(succeeded(&answers), 1);
    assert!(
        answers
            .iter()
            .all(|answer| ["200", "401 code_invalid", "503 unavailable"].contains(&answer.summary().as_str()))
    );
    let sessions = app.engine.scan("MainTable");
    assert_eq!(
        sessions.iter().filter(|row| row["shown_factor"]["S"] == "totp").count(),
        2,
        "and the one that enrolled"
    );
}

#[tokio::test]
async fn showing_one_code_fifty_times_in_one_sign_in() {
    let (app, _ada, authenticator) = loose().await;
    let token = app.first_step(ADA).await;
    let code = authenticator.next_code(&app);
    let answers = join_all((0..50).map(|_| app.second_step(&token, &code))).await;
    assert_eq!(succeeded(&answers), 1);
}

#[tokio::test]
async fn spending_one_recovery_code_in_fifty_places_at_once() {
    let (app, ada, authenticator) = loose().await;
    let code = &authenticator.recovery_codes[0];
    let mut tokens = Vec::new();
    for _ in 0..25 {
        tokens.push(app.first_step(ADA).await);
    }
    let step_up = || async { ada.calling(&app).post("/api/auth/step-up", json!({ "recovery_code": code })).await };
    let (signing_in, stepping_up) = join(
        join_all(tokens.iter().map(|token| app.second_step_by_recovery_code(token, code))),
        join_all((0..25).map(|_| step_up())),
    )
    .await;
    assert_eq!(succeeded(&signing_in) + succeeded(&stepping_up), 1);
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|one| one.starts_with("A recovery code")).count(), 1);
}

#[tokio::test]
async fn spending_all_recovery_codes_at_once_spends_each_once() {
    let (app, _ada, authenticator) = loose().await;
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(app.first_step(ADA).await);
    }
    let codes = authenticator.recovery_codes.iter().chain(&authenticator.recovery_codes);
    let tries = tokens.iter().zip(codes).map(|(token, code)| app.second_step_by_recovery_code(token, code));
    let answers = join_all(tries).await;
    assert!(
        answers
            .iter()
            .all(|answer| ["200", "401 code_invalid", "503 unavailable"].contains(&answer.summary().as_str()))
    );
    let done = succeeded(&answers);
    assert!((1..=10).contains(&done), "{done}");
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|one| one.starts_with("A recovery code")).count(), done);
}

#[tokio::test]
async fn guessing_with_a_new_token_for_each_guess_and_another_factor_each_time() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]);
    let (app, ada, authenticator) = app.with_authenticator(ADA).await;
    let mut last = Vec::new();
    for guess in 0..12 {
        let token = app.first_step(ADA).await;
        let answer = match guess % 3 {
            0 => app.second_step(&token, &format!("{guess:06}")).await,
            1 => app.second_step_by_recovery_code(&token, &format!("0000-0000-0000-00{guess:02}")).await,
            _ => {
                let body = json!({ "totp_code": format!("{guess:06}") });
                ada.calling(&app).post("/api/auth/step-up", body).await
            }
        };
        last.push(answer.status.as_u16());
    }
    assert!(last[..10].iter().all(|status| [400, 401].contains(status)), "{last:?}");
    assert_eq!(last[10..], [429, 429]);
    // The right code, and every factor, is locked; and the refused ones were not looked at.
    let token = app.first_step(ADA).await;
    let refused = app.second_step(&token, &authenticator.next_code(&app)).await;
    assert_eq!(refused.summary(), "429 rate_limited");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 60);
    assert_eq!(app.second_step_by_recovery_code(&token, &authenticator.recovery_codes[0]).await.status, 429);
    let disable = app.disable_totp(&ada, json!({ "totp_code": authenticator.code_in(&app, 0) })).await;
    assert_eq!(disable.status, 429);
    assert_eq!(failures(&app), 10);
    app.advance(SignedDuration::from_mins(18));
    let signed_in = app.sign_in_with(ADA, &authenticator).await;
    assert_eq!(signed_in.calling(&app).get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn guessing_two_hundred_codes_at_once() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]);
    let (app, _ada, _authenticator) = app.with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    let guesses: Vec<String> = (0..200).map(|guess| format!("{guess:06}")).collect();
    let answers = join_all(guesses.iter().map(|guess| app.second_step(&token, guess))).await;
    let looked_at = answers.iter().filter(|answer| answer.status != 429).count();
    assert!(looked_at <= 10, "{looked_at}");
    assert!(failures(&app) <= 10);
}

#[tokio::test]
async fn clearing_the_count_with_good_codes_in_between() {
    let app = TestApp::with_config(&[("RATE_SIGN_IN", "1000/min")]);
    let (app, _ada, authenticator) = app.with_authenticator(ADA).await;
    let mut looked_at = 0;
    for guess in 0..20 {
        let token = app.first_step(ADA).await;
        looked_at += usize::from(app.second_step(&token, &format!("{guess:06}")).await.status == 401);
        if guess < 5 {
            app.second_step(&token, &authenticator.next_code(&app)).await.ok();
        }
    }
    assert_eq!(looked_at, 10, "what succeeded was given back and nothing more");
}

#[tokio::test]
async fn locking_somebodys_factors_with_nothing_but_the_accounts_id() {
    let (app, ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    for guess in 0..30 {
        let invented = format!("{}{guess:04}", &token[..token.len() - 4]);
        assert_eq!(app.second_step(&invented, "000000").await.summary(), "401 token_invalid");
    }
    assert_eq!(failures(&app), 0);
    assert_eq!(app.second_step(&token, &authenticator.next_code(&app)).await.status, 200, "{}", ada.id());
}

#[tokio::test]
async fn using_the_token_of_the_second_step_anywhere_else() {
    let (app, ada, _authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    let bearing = app.anon().bearing(&token);
    for target in
        ["/api/auth/me", "/api/auth/mfa", "/api/auth/sessions", "/api/auth/profile", "/api/auth/data-requests"]
    {
        assert_eq!(bearing.get(target).await.summary(), "401 token_invalid", "{target}");
    }
    let cookie = app.browser();
    cookie.set_cookie("__Host-access", Some(&token));
    cookie.set_cookie("__Host-refresh", Some(&token));
    assert_eq!(cookie.get("/api/auth/me").await.summary(), "401 token_invalid");
    for (target, body, expected) in [
        ("/api/auth/token/refresh", json!({ "refresh": token }), "401 token_invalid"),
        ("/api/auth/token/verify", json!({ "token": token }), "401 token_invalid"),
        ("/api/auth/logout", json!({ "refresh": token }), "401 token_invalid"),
        ("/api/auth/mfa/totp", json!({ "mfa_token": token }), "401 token_invalid"),
        ("/api/auth/mfa/totp/confirm", json!({ "mfa_token": token, "code": "123456" }), "401 token_invalid"),
        ("/api/auth/verify-email", json!({ "registration_token": token, "code": "12345678" }), "400 code_invalid"),
        ("/api/auth/verify-email/resend", json!({ "registration_token": token }), "400 code_invalid"),
    ] {
        assert_eq!(app.anon().post(target, body).await.summary(), expected, "{target}");
    }
    for page in ["/reset-password", "/confirm-email", "/cancel-deletion", "/end-session", "/undo-email-change"] {
        let form = format!("token={token}&password=x&new_password={}", NEW_PASSWORD.replace(' ', "+"));
        assert_eq!(app.anon().post_form(page, &form).await.status, 400, "{page}");
    }
    // As what makes a device known it does nothing: the owner is told of the stranger.
    let body = json!({ "login": ADA, "password": PASSWORD, "device_token": token });
    assert_eq!(app.anon().post("/api/auth/token", body).await.ok()["status"], "mfa_required");
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 200);
}

#[tokio::test]
async fn using_any_other_token_for_the_second_step() {
    let app = TestApp::with_config(&[("MFA_REQUIRED", "everybody")]);
    let registration = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let enrolment = app.verify_email(&registration, &app.code_to(ADA)).await.text_of("mfa_token");
    app.run_workers().await;
    let secret = app.anon().post("/api/auth/mfa/totp", json!({ "mfa_token": enrolment })).await.text_of("secret");
    let code = code_of(&secret, app.now().as_second());
    assert_eq!(app.second_step(&enrolment, &code).await.summary(), "401 token_invalid", "it owes an enrolment");
    let body = json!({ "mfa_token": enrolment, "code": code });
    let ada = Person::of(app.anon().post("/api/auth/mfa/totp/confirm", body).await.ok());
    app.run_workers().await;
    app.ask_for_reset(ADA).await.ok();
    app.run_workers().await;
    let link = app.link_to(ADA).split_once("token=").unwrap().1.to_owned();
    let device = ada.answer["device_token"].as_str().unwrap().to_owned();
    let code = code_of(&secret, app.now().as_second() + 30);
    for token in [&enrolment, &registration, &ada.access, &ada.refresh, &device, &link, &String::new()] {
        assert_eq!(app.second_step(token, &code).await.summary(), "401 token_invalid", "{token}");
        let body = json!({ "mfa_token": token });
        assert_eq!(app.anon().post("/api/auth/mfa/totp", body).await.summary(), "401 token_invalid", "{token}");
    }
    assert_eq!(failures(&app), 0);
}

#[tokio::test]
async fn showing_ones_own_factors_in_somebody_elses_sign_in() {
    let (app, _ada, hers) = TestApp::new().with_authenticator(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let mine = app.enrol_totp(&bea).await;
    let token = app.first_step(ADA).await;
    assert_eq!(app.second_step(&token, &mine.next_code(&app)).await.summary(), "401 code_invalid");
    assert_eq!(app.second_step_by_recovery_code(&token, &mine.recovery_codes[0]).await.summary(), "401 code_invalid");
    // A token whose account was exchanged for another's.
    let own = app.first_step("bea@example.com").await;
    let spliced = format!("{}{}", &own[..24], &token[24..]);
    assert_eq!(app.second_step(&spliced, &mine.code_in(&app, 0)).await.summary(), "401 token_invalid");
    assert_eq!(app.second_step(&token, &hers.code_in(&app, 0)).await.status, 200);
}

#[tokio::test]
async fn enrolling_a_factor_of_ones_own_in_the_middle_of_a_sign_in() {
    let (app, _ada, _authenticator) = TestApp::with_config(&[("MFA_REQUIRED", "nobody")]).with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    for body in [json!({ "mfa_token": token }), json!({ "mfa_token": token.replace("lkm_", "lkn_") })] {
        assert_eq!(app.anon().post("/api/auth/mfa/totp", body).await.summary(), "401 token_invalid");
    }
}

#[tokio::test]
async fn getting_rid_of_the_factor_with_a_new_password() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let pending = app.first_step(ADA).await;
    app.ask_for_reset(ADA).await.ok();
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.ok();
    app.run_workers().await;
    let code = authenticator.next_code(&app);
    assert_eq!(app.second_step(&pending, &code).await.summary(), "401 token_invalid", "of the old password");
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let first = app.anon().post("/api/auth/token", body).await.ok();
    assert_eq!(first["status"], "mfa_required");
    assert_eq!(app.second_step(first["mfa_token"].as_str().unwrap(), &code).await.status, 200);
    app.run_workers().await;
}

#[tokio::test]
async fn keeping_the_owner_out_with_a_factor_that_was_enrolled_after_the_address_was_changed() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.change_email(&ada, "thief@example.net").await;
    let thiefs = app.enrol_totp(&ada).await;
    let pending = app.sign_in("thief@example.net").await.text_of("mfa_token");
    assert_eq!(app.undo_email_change(&app.undo_link_to(ADA)).await.status, 200);
    app.run_workers().await;
    assert_eq!(app.second_step(&pending, &thiefs.next_code(&app)).await.summary(), "401 token_invalid");
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.ok();
    app.run_workers().await;
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let owner = Person::of(app.anon().post("/api/auth/token", body).await.ok());
    assert_eq!(owner.answer["user"]["mfa_enabled"], false);
    let rows = app.engine.scan("MainTable");
    assert!(!rows.iter().any(|row| ["Totp", "RecoveryCodes"].contains(&row["entity"]["S"].as_str().unwrap())));
    let removed =
        |row: &&Value| row["event"]["S"] == "MFA_REMOVED" && row["extra"]["M"]["by"]["S"] == "email_change_undone";
    assert_eq!(rows.iter().filter(removed).count(), 2, "the app and its recovery codes");
}

#[tokio::test]
async fn keeping_recovery_codes_that_were_made_after_the_address_was_changed() {
    let (app, ada, hers) = TestApp::new().with_authenticator(ADA).await;
    app.advance(SignedDuration::from_mins(1));
    app.change_email(&ada, "thief@example.net").await;
    let thiefs = app.renew_recovery_codes(&ada).await;
    app.run_workers().await;
    assert_eq!(app.undo_email_change(&app.undo_link_to(ADA)).await.status, 200);
    app.run_workers().await;
    app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.ok();
    app.run_workers().await;
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let first = app.anon().post("/api/auth/token", body).await.ok();
    assert_eq!(first["methods"], json!(["totp_code"]), "the owner's app was there before, and is asked for");
    let token = first["mfa_token"].as_str().unwrap();
    assert_eq!(app.second_step_by_recovery_code(token, &thiefs[0]).await.summary(), "401 code_invalid");
    let owner = Person::of(app.second_step(token, &hers.next_code(&app)).await.ok());
    assert_eq!(app.renew_recovery_codes(&owner).await.len(), 10);
    app.run_workers().await;
}

#[tokio::test]
async fn learning_without_the_password_whether_an_account_has_a_second_factor() {
    let app = TestApp::with_config(&LOOSE);
    let ada = app.new_account(ADA).await;
    app.enrol_totp(&ada).await;
    app.new_account("bea@example.com").await;
    let wrong = async |login: &str| {
        app.engine.take_calls();
        let answer = app.anon().post("/api/auth/token", json!({ "login": login, "password": "wrong" })).await;
        let calls = app.engine.take_calls().into_iter();
        let mut calls: Vec<_> = calls.map(|call| (call.operation, call.items, call.consistent)).collect();
        calls.sort_unstable();
        (answer.summary(), calls)
    };
    assert_eq!(wrong(ADA).await, wrong("bea@example.com").await);
    assert_eq!(wrong(ADA).await, wrong("nobody@example.com").await);
}

#[tokio::test]
async fn breaking_the_store_at_each_call_between_password_and_session() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let (app, ada, authenticator) = app.with_authenticator(ADA).await;
    let fail = |nth: usize| (0..3).for_each(|_| app.engine.fail("*", nth, Fault::Unreachable));
    for nth in 0..6 {
        let token = app.first_step(ADA).await;
        let code = authenticator.next_code(&app);
        fail(nth);
        let first = app.second_step(&token, &code).await;
        app.engine.heal();
        if first.status != 200 {
            assert_eq!(first.summary(), "503 unavailable", "call {nth}");
            let again = app.second_step(&token, &code).await;
            assert_eq!(again.status, 200, "token and code are good after call {nth} failed: {}", again.text);
        }
    }
    for nth in 0..6 {
        let secret = ada.calling(&app).post("/api/auth/mfa/totp", json!({})).await;
        if secret.status != 200 {
            break;
        }
        let code = code_of(&secret.text_of("secret"), app.now().as_second());
        let confirm = || async { ada.calling(&app).post("/api/auth/mfa/totp/confirm", json!({ "code": code })).await };
        fail(nth);
        let first = confirm().await;
        app.engine.heal();
        if first.status != 200 {
            assert_eq!(first.summary(), "503 unavailable", "call {nth}");
            assert_eq!(confirm().await.status, 200, "call {nth}");
        }
        app.run_workers().await;
    }
}

#[tokio::test]
async fn one_lost_answer_does_not_make_a_right_code_wrong() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator(ADA).await;
    let token = app.first_step(ADA).await;
    app.engine.fail("TransactWriteItems", 0, Fault::LostAnswer);
    assert_eq!(app.second_step(&token, &authenticator.next_code(&app)).await.status, 200);
}

#[tokio::test]
async fn moving_somebodys_sealed_secret_to_ones_own_account() {
    let (app, _ada, hers) = TestApp::new().with_authenticator(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    app.enrol_totp(&bea).await;
    let rows = app.engine.scan("MainTable");
    let row = rows.iter().find(|row| row["entity"]["S"] == "Totp" && row["account_id"]["S"] != bea.id()).unwrap();
    let set = json!({
        "TableName": "MainTable",
        "Key": { "pk": { "S": format!("ACCOUNT#{}", bea.id()) }, "sk": { "S": "TOTP" } },
        "UpdateExpression": "SET #s = :s", "ExpressionAttributeNames": { "#s": "sealed" },
        "ExpressionAttributeValues": { ":s": row["sealed"] },
    });
    app.engine.database().update_item(serde_json::from_value(set).unwrap()).unwrap();
    let token = app.first_step("bea@example.com").await;
    assert_eq!(app.second_step(&token, &hers.next_code(&app)).await.summary(), "500 internal_error");
}

#[tokio::test]
async fn sending_the_second_step_with_odd_methods() {
    let (app, _ada, _authenticator) = TestApp::new().with_authenticator(ADA).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = app.anon().request(method.clone(), "/api/auth/token/mfa", None, Vec::new()).await;
        assert_eq!(answer.summary(), "405 method_not_allowed", "{method}");
    }
}
