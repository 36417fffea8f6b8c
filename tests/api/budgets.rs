//! What a request costs, in requests to the store and in units. Times are no tests; these are.

use latchkey_tests::{Call, TestApp};
use serde_json::json;

/// With a limit per person that is asked for each request: no lease hides an update.
fn app() -> TestApp {
    TestApp::with_config(&[("RATE_USER", "1000/hour")])
}

#[tokio::test]
async fn an_authenticated_request_reads_account_and_session_in_one_consistent_batch() {
    let (app, ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    ada.calling(&app).get("/api/auth/me").await.success();
    let calls = app.engine.take_calls();
    assert!(calls.iter().filter(|call| call.operation != "UpdateItem").all(|call| call.consistent));
    let units: f64 = calls.iter().map(|call| call.read_units).sum();
    assert!((units - 2.0).abs() < f64::EPSILON, "{calls:?}");
    assert_eq!(Call::without_limiters(calls), (vec!["BatchGetItem x2".to_owned()], 1));
}

#[tokio::test]
async fn a_change_of_names_is_one_transaction_of_two_to_four() {
    let (app, ada) = app().with_account("ada@example.com").await;
    for (body, items) in
        [(json!({ "name": "Ada King" }), 2), (json!({ "username": "ada" }), 3), (json!({ "username": "ada_k" }), 4)]
    {
        app.engine.take_calls();
        ada.calling(&app).patch("/api/auth/me", body).await.success();
        let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
        assert_eq!(rest, ["BatchGetItem x2".to_owned(), format!("TransactWriteItems x{items}")]);
        assert_eq!(limiters, 2);
    }
    app.engine.take_calls();
    ada.calling(&app).patch("/api/auth/me", json!({ "name": "Ada King" })).await.success();
    assert_eq!(
        Call::without_limiters(app.engine.take_calls()).0,
        ["BatchGetItem x2"],
        "nothing changes, nothing is written"
    );
}

#[tokio::test]
async fn a_deletion_and_its_cancellation_are_one_transaction_of_five_each() {
    let (app, ada) = app().with_account("ada@example.com").await;
    let mut person = ada;
    for by_link in [true, false] {
        app.engine.take_calls();
        let id = person.calling(&app).delete("/api/auth/me").await.text_of("id");
        let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
        let expected = ["BatchGetItem x2", "GetItem x1", "TransactWriteItems x5"].map(str::to_owned).to_vec();
        assert_eq!((rest, limiters), (expected, 2), "and the addresses that were given up lately are read");
        app.run_workers().await;
        let form = format!("token={}", app.link_to("ada@example.com").split_once("token=").unwrap().1);
        person = latchkey_tests::Person::of(app.sign_in("ada@example.com").await.success());
        app.engine.take_calls();
        person.calling(&app).get("/api/auth/data-requests").await.success();
        assert_eq!(Call::without_limiters(app.engine.take_calls()).0, ["BatchGetItem x2", "Query x1"]);
        if by_link {
            assert_eq!(app.anon().post_form("/cancel-deletion", &form).await.status, 303);
            let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
            assert_eq!((rest, limiters), (vec!["GetItem x1".to_owned(), "TransactWriteItems x5".to_owned()], 1));
            person = latchkey_tests::Person::of(app.sign_in("ada@example.com").await.success());
        } else {
            person.calling(&app).delete(&format!("/api/auth/data-requests/{id}")).await.success();
            let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
            assert_eq!((rest, limiters), (vec!["BatchGetItem x2".to_owned(), "TransactWriteItems x5".to_owned()], 1));
        }
        app.run_workers().await;
    }
}

#[tokio::test]
async fn a_profile_is_one_read_and_a_change_of_it_one_transaction() {
    let (app, ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    ada.calling(&app).get("/api/auth/profile").await.success();
    assert_eq!(Call::without_limiters(app.engine.take_calls()).0, ["BatchGetItem x2", "GetItem x1"]);
    for (body, items) in [
        (json!({ "organisation": "Acme", "marketing_consent": true }), 4),
        (json!({ "phone": "+49 170 1234567" }), 4),
        (json!({ "phone": "+49 170 7654321" }), 5),
    ] {
        ada.calling(&app).patch("/api/auth/profile", body).await.success();
        let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
        assert_eq!(rest, ["BatchGetItem x2", "GetItem x1", &format!("TransactWriteItems x{items}")]);
        assert_eq!(limiters, 2);
    }
    ada.calling(&app).get(&format!("/api/users/{}", ada.answer["user"]["id"].as_str().unwrap())).await.success();
    assert_eq!(Call::without_limiters(app.engine.take_calls()).0, ["BatchGetItem x2", "GetItem x1"]);
}

#[tokio::test]
async fn a_sign_in_is_two_reads_and_one_transaction_of_three() {
    let (app, _ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    app.sign_in("ada@example.com").await.success();
    let calls = app.engine.take_calls();
    assert!(calls.iter().filter(|call| call.operation.contains("GetItem")).all(|call| call.consistent));
    let units: f64 = calls.iter().map(|call| call.write_units).sum();
    assert!(units <= 9.0, "one for each limiter, two for each kilobyte of three items: {calls:?}");
    let (rest, limiters) = Call::without_limiters(calls);
    assert_eq!(rest, ["BatchGetItem x2", "BatchGetItem x2", "TransactWriteItems x3"]);
    assert_eq!(limiters, 3, "the address, the guess, and the guess given back");
}

#[tokio::test]
async fn a_sign_in_of_a_stranger_is_one_item_more() {
    let (app, _ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    app.sign_in_elsewhere("ada@example.com").await.success();
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(rest, ["BatchGetItem x1", "BatchGetItem x2", "TransactWriteItems x4"]);
    assert_eq!(limiters, 3);
}

#[tokio::test]
async fn a_page_of_the_security_log_is_one_query_for_each_month_that_it_needs() {
    let (app, ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    ada.calling(&app).get("/api/auth/security-log").await.success();
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!((rest, limiters), (vec!["BatchGetItem x2".to_owned(), "Query x1".to_owned()], 2));
}

#[tokio::test]
async fn a_failed_sign_in_is_two_reads_and_one_write() {
    let (app, _ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    app.anon().post("/api/auth/token", json!({ "login": "ada@example.com", "password": "wrong" })).await;
    assert_eq!(Call::without_limiters(app.engine.take_calls()).0, ["BatchGetItem x1", "BatchGetItem x2", "PutItem x1"]);
}

#[tokio::test]
async fn a_refresh_is_one_read_of_two_items_and_one_update() {
    let (app, ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    app.refresh(&ada.refresh).await.success();
    let calls = app.engine.take_calls();
    let units: f64 = calls.iter().map(|call| call.write_units).sum();
    assert!(units <= 4.0, "one for each limiter, at most two for the session: {calls:?}");
    let (rest, limiters) = Call::without_limiters(calls);
    assert_eq!(rest, ["BatchGetItem x2", "UpdateItem x1"]);
    assert_eq!(limiters, 2);
}

#[tokio::test]
async fn a_dead_credential_costs_one_read_and_one_limiter_update() {
    let (app, ada) = TestApp::with_config(&[("RATE_ANON", "1000/hour")]).with_account("ada@example.com").await;
    ada.calling(&app).post("/api/auth/logout", json!({})).await;
    app.engine.take_calls();
    let expected = (vec!["BatchGetItem x2".to_owned()], 1);
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.status, 401);
    assert_eq!(Call::without_limiters(app.engine.take_calls()), expected);
    assert_eq!(app.refresh(&ada.refresh).await.status, 401);
    assert_eq!(Call::without_limiters(app.engine.take_calls()), expected);
    assert_eq!(app.anon().post("/api/auth/logout", json!({ "refresh": ada.refresh })).await.status, 401);
    assert_eq!(Call::without_limiters(app.engine.take_calls()), expected);
}

#[tokio::test]
async fn a_step_up_is_one_read_and_one_update_or_one_transaction_of_two() {
    let (app, ada) = app().with_account("ada@example.com").await;
    let step_up = async |body: serde_json::Value| {
        app.engine.take_calls();
        ada.calling(&app).post("/api/auth/step-up", body).await.success();
        Call::without_limiters(app.engine.take_calls())
    };
    let expected = |rest: &[&str]| (rest.iter().map(|&call| call.to_owned()).collect::<Vec<_>>(), 2);
    let password = step_up(json!({ "password": latchkey_tests::PASSWORD })).await;
    assert_eq!(password.0, ["BatchGetItem x2", "UpdateItem x1"]);
    assert_eq!(password.1, 4, "the user, the act, the guess, and the guess given back");
    app.forget_password(&ada);
    let mailed = step_up(json!({ "method": "email" })).await;
    assert_eq!(mailed, expected(&["BatchGetItem x2", "TransactWriteItems x2"]));
    app.run_workers().await;
    let code = step_up(json!({ "code": app.code_to("ada@example.com") })).await;
    assert_eq!(code, expected(&["BatchGetItem x2", "TransactWriteItems x2", "UpdateItem x1"]));
}

#[tokio::test]
async fn a_password_reset_is_two_reads_and_a_transaction_of_two_then_a_read_an_update_and_one_of_five() {
    let (app, _ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    app.ask_for_reset("ada@example.com").await.success();
    let asked = Call::without_limiters(app.engine.take_calls());
    assert_eq!(asked.0, ["BatchGetItem x2", "BatchGetItem x2", "TransactWriteItems x2"]);
    assert_eq!(asked.1, 3, "the address, the mailbox, and the share of the network in it");
    app.run_workers().await;
    let code = app.code_to("ada@example.com");
    app.engine.take_calls();
    app.reset_password("ada@example.com", &code, latchkey_tests::NEW_PASSWORD).await.success();
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(rest, ["GetItem x1", "TransactWriteItems x5", "UpdateItem x1"]);
    assert_eq!(limiters, 2, "the count of the address, and the guesses that are forgotten");
    app.run_workers().await;
}

#[tokio::test]
async fn a_change_of_password_is_one_read_and_one_transaction_of_four_or_of_six_who_stays_signed_in() {
    for (keep, items) in [(false, 4), (true, 6)] {
        let (app, ada) = app().with_account("ada@example.com").await;
        app.engine.take_calls();
        let body = json!({
            "current_password": latchkey_tests::PASSWORD,
            "new_password": latchkey_tests::NEW_PASSWORD,
            "keep_me_signed_in": keep,
        });
        ada.calling(&app).post("/api/auth/password", body).await.success();
        let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
        assert_eq!(rest, ["BatchGetItem x2".to_owned(), format!("TransactWriteItems x{items}")]);
        assert_eq!(limiters, 4, "the user, the act, the guess, and the guess given back");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn a_registration_is_one_batch_and_one_transaction_of_three() {
    let app = app();
    app.register("ada@example.com").await.success();
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(rest, ["BatchGetItem x1", "TransactWriteItems x3"]);
    assert_eq!(limiters, 2);
    app.run_workers().await;
}

#[tokio::test]
async fn a_mail_is_claimed_looked_up_among_the_suppressed_and_deleted() {
    let app = app();
    app.register("ada@example.com").await.success();
    app.engine.take_calls();
    app.run_workers().await;
    let calls = app.engine.take_calls();
    let count = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
    assert_eq!((count("GetItem"), count("DeleteItem")), (1, 1), "{calls:?}");
    // The record may have come twice; the second claim finds nothing.
    assert_eq!(count("UpdateItem"), calls.len() - 2, "{calls:?}");
    assert!(calls.len() <= 4, "{calls:?}");
}

#[tokio::test]
async fn the_cost_of_a_sign_in_does_not_grow_with_the_number_of_sign_ins() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    app.new_account("ada@example.com").await;
    let mut costs = Vec::new();
    for _ in 0..20 {
        app.engine.take_calls();
        app.sign_in("ada@example.com").await.success();
        costs.push(app.engine.take_calls().iter().map(|call| call.write_units).sum::<f64>());
    }
    assert!(costs.windows(2).all(|pair| (pair[0] - pair[1]).abs() < f64::EPSILON), "{costs:?}");
}

#[tokio::test]
async fn an_address_is_changed_with_two_reads_and_one_transaction_and_undone_with_two_and_one() {
    let (app, ada) = app().with_account("ada@example.com").await;
    app.engine.take_calls();
    app.ask_for_email(&ada, "ada@example.org").await.success();
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(rest, ["BatchGetItem x1", "BatchGetItem x2", "TransactWriteItems x2", "UpdateItem x1"]);
    assert_eq!(limiters, 5, "the user, the act, the guess, the mail, and the guess given back");
    app.run_workers().await;
    let code = app.code_to("ada@example.org");
    app.engine.take_calls();
    app.confirm_email(&ada, &code).await.success();
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(rest, ["BatchGetItem x2", "GetItem x1", "TransactWriteItems x8", "UpdateItem x1"]);
    assert_eq!(limiters, 2);
    app.run_workers().await;
    let link = app.undo_link_to("ada@example.com");
    app.engine.take_calls();
    assert_eq!(app.undo_email_change(&link).await.status, 303);
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(rest, ["GetItem x1", "GetItem x1", "TransactWriteItems x8"]);
    assert_eq!(limiters, 1);
    app.run_workers().await;
}

#[tokio::test]
async fn password_and_app_are_four_reads_four_limiter_updates_and_two_transactions_in_all() {
    let (app, _ada, authenticator) = TestApp::new().with_authenticator("ada@example.com").await;
    let code = authenticator.next_code(&app);
    app.engine.take_calls();
    let token = app.first_step("ada@example.com").await;
    let (first, first_limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(first, ["BatchGetItem x2", "BatchGetItem x2", "TransactWriteItems x1"]);
    app.second_step(&token, &code).await.success();
    let calls = app.engine.take_calls();
    // The transaction gives the try back, so it names a counter as well.
    let transaction = calls.iter().find(|call| call.operation == "TransactWriteItems").unwrap();
    assert_eq!(transaction.items, 6, "challenge, factor, counter, account, session, audit");
    let rest: Vec<_> = calls.iter().filter(|call| call.operation != "TransactWriteItems").cloned().collect();
    let (second, second_limiters) = Call::without_limiters(rest);
    assert_eq!(second, ["BatchGetItem x2", "GetItem x1"]);
    assert!(first_limiters + second_limiters <= 4, "{first_limiters} and {second_limiters}");
}

#[tokio::test]
async fn an_app_is_enrolled_with_one_write_and_confirmed_with_one_transaction_of_eight() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.engine.take_calls();
    let secret = ada.calling(&app).post("/api/auth/mfa/totp", json!({})).await.text_of("secret");
    assert_eq!(
        Call::without_limiters(app.engine.take_calls()),
        (vec!["BatchGetItem x2".to_owned(), "UpdateItem x1".to_owned()], 2)
    );
    let code = latchkey_tests::code_of(&secret, app.now().as_second());
    ada.calling(&app).post("/api/auth/mfa/totp/confirm", json!({ "code": code })).await.success();
    let calls = app.engine.take_calls();
    let transaction = calls.iter().find(|call| call.operation == "TransactWriteItems").unwrap();
    assert_eq!(transaction.items, 8);
    assert!(calls.iter().filter(|call| call.operation.contains("GetItem")).count() == 2, "{calls:?}");
    app.run_workers().await;
}

#[tokio::test]
async fn a_passkey_signs_in_with_one_read_and_one_transaction_and_is_second_with_no_more_than_an_app() {
    let (app, _ada, mut passkey) = TestApp::new().with_passkey("ada@example.com").await;
    app.engine.take_calls();
    let options = app.sign_in_options().await;
    assert_eq!(Call::without_limiters(app.engine.take_calls()), (vec!["PutItem x1".to_owned()], 1));
    app.send_assertion(&passkey.show(&options).unwrap()).await.success();
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(rest, ["BatchGetItem x3", "TransactWriteItems x6"], "and the mail about a device that is not known");
    assert_eq!(limiters, 1);
    let token = app.first_step("ada@example.com").await;
    app.engine.take_calls();
    let options = app.second_step_options(&token).await;
    assert_eq!(Call::without_limiters(app.engine.take_calls()).0, ["BatchGetItem x1", "BatchGetItem x2", "PutItem x1"]);
    app.second_step_by_passkey(&token, &passkey.show(&options).unwrap()).await.success();
    let calls = app.engine.take_calls();
    let transaction = calls.iter().find(|call| call.operation == "TransactWriteItems").unwrap();
    assert_eq!(transaction.items, 7, "challenge, passkey, ceremony, counter, account, session, audit");
    assert_eq!(calls.iter().filter(|call| call.operation.ends_with("GetItem")).count(), 2, "{calls:?}");
    app.run_workers().await;
}

#[tokio::test]
async fn a_passkey_is_enrolled_with_one_write_and_one_transaction_of_eight_and_removed_with_one_of_seven() {
    let (app, ada) = self::app().with_account("ada@example.com").await;
    app.engine.take_calls();
    let options = app.passkey_options(&ada).await;
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!((rest, limiters), (vec!["BatchGetItem x2".to_owned(), "PutItem x1".to_owned()], 2));
    let made = latchkey_tests::new_passkey().make(&options).unwrap();
    app.send_passkey(&ada, made).await.success();
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!(
        (rest, limiters),
        (["BatchGetItem x2", "GetItem x1", "TransactWriteItems x8"].map(str::to_owned).to_vec(), 1)
    );
    app.run_workers().await;
    app.engine.take_calls();
    let listed = ada.calling(&app).get("/api/auth/mfa/passkeys").await.success();
    assert_eq!(Call::without_limiters(app.engine.take_calls()).0, ["BatchGetItem x1", "BatchGetItem x2"]);
    let target = format!("/api/auth/mfa/passkeys/{}", listed["items"][0]["id"].as_str().unwrap());
    ada.calling(&app).delete(&target).await;
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!((rest, limiters), (vec!["BatchGetItem x2".to_owned(), "TransactWriteItems x7".to_owned()], 2));
    app.run_workers().await;
}

#[tokio::test]
async fn an_export_is_asked_for_with_one_transaction_of_three_and_downloaded_with_one_of_two() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    app.engine.take_calls();
    let body = json!({ "request_type": "EXPORT" });
    assert_eq!(ada.calling(&app).post("/api/auth/data-requests", body).await.status, 201);
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!((rest, limiters), (vec!["BatchGetItem x2".to_owned(), "TransactWriteItems x3".to_owned()], 2));
    app.run_workers().await;
    let link = app.link_to("ada@example.com");
    app.engine.take_calls();
    assert_eq!(app.anon().get(&link).await.status, 303);
    let (rest, limiters) = Call::without_limiters(app.engine.take_calls());
    assert_eq!((rest, limiters), (vec!["BatchGetItem x2".to_owned(), "TransactWriteItems x2".to_owned()], 1));
}
