//! Deleting somebody else's account, keeping somebody from taking theirs back, and using an account that leaves.

use futures_util::future::join_all;
use http::Method;
use latchkey_tests::{Fault, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const ME: &str = "/api/auth/me";

fn requests(app: &TestApp) -> Vec<Value> {
    app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == "DataRequest").collect()
}

/// Schedules the deletion; the path of its request, and the token of the mailed link.
async fn leave(app: &TestApp, person: &Person) -> (String, String) {
    let id = person.calling(app).delete(ME).await.text_of("id");
    app.run_workers().await;
    let token = app.link_to(ADA).split_once("token=").unwrap().1.to_owned();
    (format!("/api/auth/data-requests/{id}"), token)
}

#[tokio::test]
async fn somebody_elses_request() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let (path, _) = leave(&app, &ada).await;
    assert_eq!(bea.calling(&app).get(&path).await.summary(), "404 not_found");
    assert_eq!(bea.calling(&app).delete(&path).await.summary(), "404 not_found");
    assert_eq!(app.anon().delete(&path).await.summary(), "401 token_missing");
    for unknown in ["019caddd-b0c0-7000-8000-000000000000", "x", "ACCOUNT", &"x".repeat(500)] {
        for method in [Method::GET, Method::DELETE] {
            let target = format!("/api/auth/data-requests/{unknown}");
            let answer = bea.calling(&app).request(method, &target, None, Vec::new()).await;
            assert_eq!(answer.summary(), "404 not_found", "{unknown}");
        }
    }
    assert_eq!(requests(&app)[0]["status"]["S"], "PENDING");
}

#[tokio::test]
async fn a_scanner_that_opens_the_link_and_links_that_were_changed() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let bea = app.new_account("bea@example.com").await;
    let (_, token) = leave(&app, &ada).await;
    app.engine.take_calls();
    for method in [Method::GET, Method::HEAD, Method::GET, Method::OPTIONS] {
        let target = format!("/cancel-deletion?token={token}");
        let answer = app.anon().request(method, &target, None, Vec::new()).await;
        assert!(answer.status.is_success(), "{}", answer.status);
    }
    let calls = app.engine.take_calls_of_rules();
    assert!(calls.len() == 3 && calls.iter().all(|call| call.operation == "GetItem"), "looking only reads");
    let bytes: Vec<_> = token.bytes().collect();
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let other_kinds = [token.replacen("lkd_", "lkc_", 1), token.replacen("lkd_", "lkr_", 1), bea.refresh.clone()];
    for wrong in [flipped(8), flipped(40), flipped(token.len() - 2)].into_iter().chain(other_kinds) {
        let answer = app.anon().post_form("/cancel-deletion", &format!("token={wrong}")).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    for form in ["", "token=", "token=x&extra=1", "token=%22%3E%3Cscript%3E"] {
        let answer = app.anon().post_form("/cancel-deletion", form).await;
        assert!(answer.status == 400 && !answer.text.contains("<script"), "{form}");
    }
    assert_eq!(app.anon().post("/cancel-deletion", json!({ "token": token })).await.status, 415);
    assert_eq!(requests(&app)[0]["status"]["S"], "PENDING");
    assert_eq!(app.anon().post_form("/cancel-deletion", &format!("token={token}")).await.status, 303);
    app.run_workers().await;
}

#[tokio::test]
async fn the_link_of_an_earlier_deletion() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let (path, old) = leave(&app, &ada).await;
    let back = Person::of(app.sign_in(ADA).await.success());
    assert_eq!(back.calling(&app).delete(&path).await.status, 204);
    app.run_workers().await;
    let (_, new) = leave(&app, &back).await;
    let answer = app.anon().post_form("/cancel-deletion", &format!("token={old}")).await;
    assert_eq!(answer.status, 400, "it belongs to the first one");
    assert_eq!(app.anon().post_form("/cancel-deletion", &format!("token={new}")).await.status, 303);
    app.run_workers().await;
}

#[tokio::test]
async fn a_cancellation_that_fifty_requests_race_for() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account(ADA).await;
    let (path, token) = leave(&app, &ada).await;
    let back = Person::of(app.sign_in(ADA).await.success());
    let (calling, anon, form) = (back.calling(&app), app.anon(), format!("token={token}"));
    let (signed_in, by_link) = tokio::join!(
        join_all((0..25).map(|_| calling.delete(&path))),
        join_all((0..25).map(|_| anon.post_form("/cancel-deletion", &form))),
    );
    let cancelled = signed_in.iter().filter(|answer| answer.status == 204).count()
        + by_link.iter().filter(|answer| answer.status == 303).count();
    assert_eq!(cancelled, 1);
    let late = ["409 not_cancellable", "401 token_invalid"];
    assert!(signed_in.iter().all(|answer| answer.status == 204 || late.contains(&answer.summary().as_str())));
    assert!(by_link.iter().all(|answer| [303, 400].contains(&answer.status.as_u16())));
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).iter().filter(|subject| subject.as_str() == "Your Acme account stays").count(), 1);
}

#[tokio::test]
async fn a_deletion_and_its_cancellation_at_once() {
    for _ in 0..10 {
        let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
        let ada = app.new_account(ADA).await;
        let (path, token) = leave(&app, &ada).await;
        let back = Person::of(app.sign_in(ADA).await.success());
        let (calling, anon) = (back.calling(&app), app.anon());
        let form = format!("token={token}");
        tokio::join!(
            calling.delete(ME),
            calling.delete(&path),
            anon.post_form("/cancel-deletion", &form),
            calling.delete(ME)
        );
        app.run_workers().await;
        let items = app.engine.scan("MainTable");
        let account = items.iter().find(|item| item["entity"]["S"] == "Account").unwrap();
        let open: Vec<_> = requests(&app).into_iter().filter(|request| request["status"]["S"] == "PENDING").collect();
        match account["deletion_request"]["S"].as_str() {
            Some(id) => assert!(open.len() == 1 && open[0]["id"]["S"] == id, "{open:?}"),
            None => assert!(open.is_empty(), "{open:?}"),
        }
    }
}

#[tokio::test]
async fn a_sign_in_that_meets_the_deletion() {
    let mut signed_in_first = 0;
    for round in 0..100 {
        if round >= 5 && signed_in_first > 0 {
            break;
        }
        let (app, ada) = TestApp::new().with_account(ADA).await;
        let calling = ada.calling(&app);
        let (deleted, signed_in) = tokio::join!(calling.delete(ME), app.sign_in(ADA));
        app.run_workers().await;
        assert_eq!(deleted.status, 202);
        if signed_in.status == 200 {
            signed_in_first += 1;
            let person = Person::of(signed_in.json());
            let answer = person.calling(&app).get("/api/auth/profile").await.summary();
            assert!(["401 token_invalid", "403 deletion_pending"].contains(&answer.as_str()), "{answer}");
        }
    }
    assert!(signed_in_first > 0, "no sign-in succeeded beside the deletion");
}

#[tokio::test]
async fn the_link_rests_as_a_digest_and_in_a_sealed_mail() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ada.calling(&app).delete(ME).await.success();
    let stored = json!(app.engine.scan("MainTable")).to_string();
    app.run_workers().await;
    let token = app.link_to(ADA).split_once("token=").unwrap().1.to_owned();
    assert!(!stored.contains(&token));
}

#[tokio::test]
async fn a_store_that_breaks_at_any_call_of_a_deletion_or_its_cancellation() {
    for fault in [Fault::Unreachable, Fault::LostAnswer, Fault::Throttled] {
        let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
        let mut ada = app.new_account(ADA).await;
        let mut broken = [0; 2];
        for nth in 0..6 {
            app.engine.break_call(nth, fault);
            let answer = ada.calling(&app).delete(ME).await;
            if app.engine.heal() == 0 {
                assert_eq!(answer.status, 202, "call {nth}, {fault:?}: {}", answer.text);
            } else {
                broken[0] += 1;
                assert_eq!(answer.summary(), "503 unavailable", "call {nth}, {fault:?}");
                let again = ada.calling(&app).delete(ME).await;
                // The first one may have come through although nobody heard of it: then its session has ended.
                assert!(again.status == 202 || again.summary() == "401 token_invalid", "{}", again.text);
            }
            app.run_workers().await;
            let token = app.link_to(ADA).split_once("token=").unwrap().1.to_owned();
            app.engine.break_call(nth, fault);
            let answer = app.anon().post_form("/cancel-deletion", &format!("token={token}")).await;
            if app.engine.heal() == 0 {
                assert_eq!(answer.status, 303, "call {nth}, {fault:?}: {}", answer.text);
            } else {
                broken[1] += 1;
                assert_eq!(answer.status, 503, "call {nth}, {fault:?}");
                app.anon().post_form("/cancel-deletion", &format!("token={token}")).await;
            }
            app.run_workers().await;
            ada = Person::of(app.sign_in(ADA).await.success());
            assert_eq!(ada.answer["user"]["deletion_scheduled_at"], Value::Null);
            assert!(requests(&app).iter().all(|request| request["status"]["S"] == "CANCELLED"));
        }
        assert!(broken.iter().all(|calls| (2..6).contains(calls)), "{broken:?} calls were broken by {fault:?}");
    }
}
