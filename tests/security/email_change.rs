//! Attacks on changing an address: taking an account over, keeping it, or learning who has one.

use futures_util::future::{join, join_all};
use http::Method;
use jiff::SignedDuration;
use latchkey_tests::{Answer, Call, Fault, NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const OLD: &str = "ada@example.com";
const NEW: &str = "ada@example.org";

async fn with_ada() -> (TestApp, Person) {
    TestApp::with_config(&[("RATE_FACTOR", "100")]).with_account(OLD).await
}

fn account(app: &TestApp, person: &Person) -> Value {
    let is_theirs = |item: &Value| item["entity"]["S"] == "Account" && item["id"]["S"] == person.id();
    app.engine.scan("MainTable").into_iter().find(is_theirs).unwrap()
}

/// The account's address, and the claims on addresses as (address, held).
fn addresses(app: &TestApp, person: &Person) -> (String, Vec<(String, bool)>) {
    let is_theirs = |item: &&Value| item["entity"]["S"] == "EmailClaim" && item["account"]["S"] == person.id();
    let items = app.engine.scan("MainTable");
    let claims = items.iter().filter(is_theirs);
    let mut claims: Vec<_> = claims
        .map(|claim| (claim["normalised"]["S"].as_str().unwrap().to_owned(), claim["held_until"]["S"].is_string()))
        .collect();
    claims.sort_unstable();
    (account(app, person)["email"]["M"]["original"]["S"].as_str().unwrap().to_owned(), claims)
}

fn succeeded(answers: &[Answer]) -> usize {
    let good = |answer: &&Answer| answer.status.is_success() || answer.status.is_redirection();
    answers.iter().filter(good).count()
}

#[tokio::test]
async fn confirming_with_one_code_fifty_times_at_once() {
    let (app, ada) = with_ada().await;
    app.ask_for_email(&ada, NEW).await.success();
    app.run_workers().await;
    let code = app.code_to(NEW);
    let answers = join_all((0..50).map(|_| app.confirm_email(&ada, &code))).await;
    assert_eq!(succeeded(&answers), 1);
    app.run_workers().await;
    assert_eq!(addresses(&app, &ada), (NEW.to_owned(), vec![(OLD.to_owned(), true), (NEW.to_owned(), false)]));
    assert_eq!(app.subjects_to(OLD).iter().filter(|subject| subject.contains("was changed")).count(), 1);
}

#[tokio::test]
async fn two_people_changing_to_one_address_at_once() {
    let (app, ada) = with_ada().await;
    let eve = app.new_account("eve@example.com").await;
    let mut codes = Vec::new();
    for person in [&ada, &eve] {
        app.ask_for_email(person, NEW).await.success();
        app.run_workers().await;
        codes.push(app.code_to(NEW));
    }
    let (hers, mine) = join(app.confirm_email(&ada, &codes[0]), app.confirm_email(&eve, &codes[1])).await;
    assert_eq!(succeeded(&[hers.clone(), mine.clone()]), 1);
    assert!([hers, mine].iter().any(|answer| answer.summary() == "400 code_invalid"));
    app.run_workers().await;
    let have = [&ada, &eve].iter().filter(|person| addresses(&app, person).0 == NEW).count();
    assert_eq!(have, 1);
}

#[tokio::test]
async fn changing_to_an_address_while_somebody_registers_it() {
    let (app, ada) = with_ada().await;
    let token = app.register(NEW).await.text_of("registration_token");
    app.run_workers().await;
    let registered = app.code_to(NEW);
    app.ask_for_email(&ada, NEW).await.success();
    app.run_workers().await;
    let changed = app.code_to(NEW);
    let (one, other) = join(app.verify_email(&token, &registered), app.confirm_email(&ada, &changed)).await;
    assert_eq!(succeeded(&[one, other]), 1);
    app.run_workers().await;
    let is_live = |item: &Value| item["normalised"]["S"] == NEW && item["held_until"]["S"].is_null();
    assert_eq!(app.engine.scan("MainTable").iter().filter(|item| is_live(item)).count(), 1);
}

#[tokio::test]
async fn confirming_the_next_change_while_the_owner_undoes_the_last() {
    for _ in 0..12 {
        let (app, ada) = with_ada().await;
        app.change_email(&ada, "thief@example.net").await;
        app.ask_for_email(&ada, "thief@example.org").await.success();
        app.run_workers().await;
        let code = app.code_to("thief@example.org");
        let token = app.undo_link_to(OLD);
        let (confirmed, undone) = join(app.confirm_email(&ada, &code), app.undo_email_change(&token)).await;
        // The change may come first, or meet the undoing; the owner's link works in the end.
        if undone.status != 303 {
            assert!(confirmed.status.is_success() && undone.status == 503, "{}", undone.text);
            assert_eq!(app.undo_email_change(&token).await.status, 303);
        }
        app.run_workers().await;
        assert_eq!(addresses(&app, &ada), (OLD.to_owned(), vec![(OLD.to_owned(), false)]));
        assert_eq!(app.confirm_email(&ada, &code).await.summary(), "401 token_invalid");
    }
}

#[tokio::test]
async fn undoing_one_change_fifty_times_at_once() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, NEW).await;
    let token = app.undo_link_to(OLD);
    let answers = join_all((0..50).map(|_| app.undo_email_change(&token))).await;
    assert_eq!(succeeded(&answers), 1);
    app.run_workers().await;
    assert_eq!(app.subjects_to(OLD).iter().filter(|subject| subject.contains("old address again")).count(), 1);
}

#[tokio::test]
async fn taking_an_account_back_with_a_link_from_the_middle_of_a_chain() {
    let (app, ada) = with_ada().await;
    for thief in ["thief@example.net", "thief@example.org", "thief@example.edu"] {
        app.change_email(&ada, thief).await;
    }
    let middle = [app.undo_link_to("thief@example.net"), app.undo_link_to("thief@example.org")];
    assert_eq!(app.undo_email_change(&app.undo_link_to(OLD)).await.status, 303);
    app.run_workers().await;
    for token in &middle {
        assert_eq!(app.undo_email_change(token).await.status, 400);
    }
    assert_eq!(addresses(&app, &ada), (OLD.to_owned(), vec![(OLD.to_owned(), false)]));
}

#[tokio::test]
async fn outrunning_the_owners_link_with_a_link_from_later_in_the_chain() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, "thief@example.net").await;
    app.change_email(&ada, "thief@example.org").await;
    // The thief undoes the second change, and the first is still the owner's to undo.
    assert_eq!(app.undo_email_change(&app.undo_link_to("thief@example.net")).await.status, 303);
    app.run_workers().await;
    assert_eq!(app.reset_by_link("thief@example.net", NEW_PASSWORD).await.status, 303);
    app.run_workers().await;
    assert_eq!(app.undo_email_change(&app.undo_link_to(OLD)).await.status, 303);
    app.run_workers().await;
    let body = json!({ "login": "thief@example.net", "password": NEW_PASSWORD });
    assert_eq!(app.anon().post("/api/auth/token", body).await.summary(), "401 invalid_credentials");
    assert_eq!(addresses(&app, &ada), (OLD.to_owned(), vec![(OLD.to_owned(), false)]));
    assert!(account(&app, &ada)["password"].is_null());
}

#[tokio::test]
async fn entering_with_a_code_that_was_on_its_way_to_an_address_that_was_given_up() {
    let (app, ada) = with_ada().await;
    app.ask_for_reset(OLD).await.success();
    app.run_workers().await;
    let (code, link) = (app.code_to(OLD), app.link_to(OLD).split_once("token=").unwrap().1.to_owned());
    app.change_email(&ada, NEW).await;
    assert_eq!(app.reset_password(OLD, &code, NEW_PASSWORD).await.summary(), "400 code_invalid");
    let body = format!("token={link}&new_password={}", NEW_PASSWORD.replace(' ', "+"));
    assert_eq!(app.anon().post_form("/reset-password", &body).await.status, 400);
    // Nor is a new one mailed there.
    let before = app.subjects_to(OLD).len();
    app.ask_for_reset(OLD).await.success();
    app.run_workers().await;
    assert_eq!(app.subjects_to(OLD).len(), before);
}

#[tokio::test]
async fn keeping_a_foot_in_the_door_with_a_code_for_a_further_change() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, "thief@example.net").await;
    app.ask_for_email(&ada, "thief@example.org").await.success();
    app.ask_for_reset("thief@example.net").await.success();
    app.run_workers().await;
    let (change, reset) = (app.code_to("thief@example.org"), app.code_to("thief@example.net"));
    app.undo_email_change(&app.undo_link_to(OLD)).await;
    app.run_workers().await;
    let late = app.reset_password("thief@example.net", &reset, NEW_PASSWORD).await;
    assert_eq!(late.summary(), "400 code_invalid");
    assert_eq!(app.reset_by_link(OLD, NEW_PASSWORD).await.status, 303);
    app.run_workers().await;
    let body = json!({ "login": OLD, "password": NEW_PASSWORD });
    let owner = Person::of(app.anon().post("/api/auth/token", body).await.success());
    assert_eq!(app.confirm_email(&owner, &change).await.summary(), "400 code_invalid");
}

#[tokio::test]
async fn using_another_accounts_code_or_a_code_for_something_else() {
    let (app, ada) = with_ada().await;
    let eve = app.new_account("eve@example.com").await;
    app.ask_for_email(&ada, NEW).await.success();
    app.ask_for_reset(OLD).await.success();
    app.run_workers().await;
    assert_eq!(app.confirm_email(&eve, &app.code_to(NEW)).await.summary(), "400 code_invalid");
    assert_eq!(app.confirm_email(&ada, &app.code_to(OLD)).await.summary(), "400 code_invalid");
    assert_eq!(app.reset_password(OLD, &app.code_to(NEW), NEW_PASSWORD).await.summary(), "400 code_invalid");
    assert_eq!(app.confirm_email(&ada, &app.code_to(NEW)).await.status, 200, "none of it spent the code");
    app.run_workers().await;
}

#[tokio::test]
async fn registering_an_address_in_the_week_in_which_its_owner_may_want_it_back() {
    let (app, ada) = with_ada().await;
    // A stranger's registration from before, with the code in the owner's own mailbox.
    app.change_email(&ada, NEW).await;
    let token = app.register(OLD).await.text_of("registration_token");
    app.run_workers().await;
    let eve = app.new_account("eve@example.com").await;
    app.ask_for_email(&eve, OLD).await.success();
    app.run_workers().await;
    assert_eq!(app.mail_to(OLD).subject, "This address and Acme");
    assert!(app.verify_email(&token, "00000000").await.status == 400);
    assert_eq!(app.undo_email_change(&app.undo_link_to(OLD)).await.status, 303);
    app.run_workers().await;
    assert_eq!(addresses(&app, &ada).0, OLD);
}

/// What an observer could compare, even one who sees the store's traffic.
async fn trace(app: &TestApp, ask: impl AsyncFnOnce() -> Answer) -> (u16, Value, Vec<(String, usize, bool)>, u64) {
    app.engine.take_calls();
    let hashes = app.hashes();
    let answer = ask().await;
    let calls = app.engine.take_calls().into_iter();
    let mut calls: Vec<_> =
        calls.map(|Call { operation, items, consistent, .. }| (operation, items, consistent)).collect();
    calls.sort_unstable();
    (answer.status.as_u16(), answer.json(), calls, app.hashes() - hashes)
}

#[tokio::test]
async fn learning_from_a_change_whether_an_address_has_an_account() {
    // A limit per person that is asked for each request: a lease would make one of two equal requests cheaper.
    let rates = [("RATE_FACTOR", "100"), ("RATE_USER", "10/hour")];
    let (app, eve) = TestApp::with_config(&rates).with_account(OLD).await;
    let cyd = app.new_account("cyd@example.com").await;
    app.change_email(&cyd, "cyd@example.org").await;
    let mut asked = Vec::new();
    let mut guessed = Vec::new();
    for email in ["nobody@example.com", "cyd@example.org", "cyd@example.com"] {
        asked.push(trace(&app, async || app.ask_for_email(&eve, email).await).await);
        let mut wrong = trace(&app, async || app.confirm_email(&eve, "00000000").await).await;
        wrong.1["request_id"] = Value::Null;
        guessed.push(wrong);
    }
    assert!(asked.iter().all(|one| *one == asked[0]), "{asked:#?}");
    assert!(guessed.iter().all(|one| *one == guessed[0]), "{guessed:#?}");
    assert_eq!((asked[0].0, guessed[0].0), (202, 400));
    app.run_workers().await;
    assert_eq!(app.mail_to("cyd@example.org").subject, "Your Acme account");
    assert_eq!(app.mail_to("cyd@example.com").subject, "This address and Acme");
    for email in ["cyd@example.org", "cyd@example.com"] {
        assert!(app.mail_to(email).text.contains("203.0.113.9"), "its owner is told where it was asked for");
    }
}

#[tokio::test]
async fn spending_the_link_as_a_mail_scanner_does() {
    let (app, ada) = with_ada().await;
    app.change_email(&ada, NEW).await;
    let target = format!("/undo-email-change?token={}", app.undo_link_to(OLD));
    for method in [Method::GET, Method::HEAD, Method::GET, Method::OPTIONS] {
        app.engine.take_calls();
        let answer = app.anon().request(method.clone(), &target, None, Vec::new()).await;
        assert!(answer.status.is_success(), "{method}: {}", answer.status);
        assert!(app.engine.take_calls_of_rules().iter().all(|call| call.operation == "GetItem"), "{method} only reads");
    }
    assert_eq!(app.undo_email_change(&app.undo_link_to(OLD)).await.status, 303);
    app.run_workers().await;
}

#[tokio::test]
async fn changing_the_address_from_a_session_that_was_ended_meanwhile() {
    let (app, ada) = with_ada().await;
    app.ask_for_email(&ada, NEW).await.success();
    app.ask_for_reset(OLD).await.success();
    app.run_workers().await;
    let (change, reset) = (app.code_to(NEW), app.code_to(OLD));
    let (changed, set) = join(app.confirm_email(&ada, &change), app.reset_password(OLD, &reset, NEW_PASSWORD)).await;
    app.run_workers().await;
    let (address, _) = addresses(&app, &ada);
    match (changed.status.is_success(), set.status.is_success()) {
        // The code went to the old mailbox: after the change it opens nothing.
        (true, false) => assert_eq!(address, NEW),
        (false, true) => assert_eq!((address.as_str(), changed.status.as_u16()), (OLD, 401)),
        both => panic!("{both:?}"),
    }
}

#[tokio::test]
async fn undoing_with_fifty_guesses_of_the_links_secret() {
    let app = TestApp::new();
    let ada = app.new_account(OLD).await;
    app.change_email(&ada, NEW).await;
    let mut last = String::new();
    let token = app.undo_link_to(OLD);
    for guess in 0..40 {
        let guessed = format!("{}{:04}", &token[..token.len() - 4], guess);
        last = app.undo_email_change(&guessed).await.summary();
    }
    assert_eq!(last, "429");
    let body = json!({ "login": NEW, "password": PASSWORD });
    assert_eq!(app.anon().post("/api/auth/token", body).await.status, 200);
    app.advance(SignedDuration::from_hours(2));
    assert_eq!(app.undo_email_change(&token).await.status, 303, "and the owner's link is as good as before");
    app.run_workers().await;
}

#[tokio::test]
async fn breaking_the_store_at_each_call_of_a_change_and_of_its_undoing() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let mut broken = [0; 2];
    for nth in 0..7 {
        let (old, new) = (format!("a{nth}@example.com"), format!("b{nth}@example.com"));
        let person = app.new_account(&old).await;
        app.ask_for_email(&person, &new).await.success();
        app.run_workers().await;
        let code = app.code_to(&new);
        app.engine.break_call(nth, Fault::Unreachable);
        let first = app.confirm_email(&person, &code).await;
        if app.engine.heal() == 0 {
            assert_eq!(first.status, 200, "call {nth}: {}", first.text);
        } else {
            broken[0] += 1;
            assert_eq!(first.summary(), "503 unavailable", "call {nth}");
            assert_eq!(app.confirm_email(&person, &code).await.status, 200, "the code is still good after call {nth}");
        }
        app.run_workers().await;
        let token = app.undo_link_to(&old);
        app.engine.break_call(nth, Fault::Unreachable);
        let first = app.undo_email_change(&token).await.status;
        if app.engine.heal() == 0 {
            assert_eq!(first, 303, "call {nth}");
        } else {
            broken[1] += 1;
            assert_eq!(first, 503, "call {nth}");
            assert_eq!(app.undo_email_change(&token).await.status, 303, "the link is still good after call {nth}");
        }
        app.run_workers().await;
        assert_eq!(addresses(&app, &person), (old.clone(), vec![(old, false)]));
    }
    assert!(broken.iter().all(|calls| (2..7).contains(calls)), "{broken:?} calls were broken");
}
