//! Getting in, or half in, while something that we depend on is broken: each call that each operation makes is broken in
//! each way, one after the other. The answer is a problem, nothing is half done, nobody is signed in and nobody mailed;
//! and the same request succeeds afterwards.

use latchkey_tests::{Answer, Fault, Ready, TestApp, operations};
use serde_json::Value;

/// What is answered while something is only not there now, and when it refuses or talks nonsense.
const FOR_NOW: &[u16] = &[503];
const ALTOGETHER: &[u16] = &[500, 503];

/// Enough for as many calls as are made at once, each of which the SDK sends three times.
const FAILURES: usize = 9;

/// Operations that get along without the store: they ask it for nothing, or only to count a visit.
const ROBUST: &[&str] = &[
    "change_password_page",
    "docs",
    "health",
    "jwks",
    "openapi",
    "openid_configuration",
    "passkey_endpoints",
    "password_changed_page",
];

/// Operations that go on where they were cut off: what they did before is not undone, and doing it again changes nothing.
const RESUMED: &[&str] = &["end_session_by_link"];

/// What must not be half done: all but counters, and the audit log, which notes tries. A broken store gives nobody more
/// of those.
fn kept(app: &TestApp) -> Vec<Value> {
    app.engine.items_without_tries_but(&["AuditEvent", "RateCounter", "IdempotencyRecord"])
}

fn is_done(answer: &Answer) -> bool {
    answer.status.is_success() || answer.status.is_redirection()
}

/// Breaks the calls of a request in turn, until one is further than its last; tells how many there were.
async fn break_each_call(app: &TestApp, operation: &str, ready: &Ready, fault: Fault, answers: &[u16]) -> usize {
    for nth in 0..20 {
        let before = kept(app);
        for _ in 0..FAILURES {
            app.engine.fail("*", nth, fault);
        }
        let answer = ready.send(app).await;
        app.engine.heal();
        if is_done(&answer) {
            return nth;
        }
        let told = format!("{operation}, call {nth}, {fault:?}: {} {}", answer.summary(), answer.text);
        assert!(answers.contains(&answer.status.as_u16()), "{told}");
        assert!(answer.headers.get("set-cookie").is_none(), "{told}");
        for secret in ["lkr_", "lkv_", "lkg_", "eyJ"] {
            assert!(!answer.text.contains(secret), "{told}");
        }
        if !RESUMED.contains(&operation) {
            assert_eq!(kept(app), before, "{told}");
        }
    }
    panic!("{operation} is never done");
}

async fn each_operation_under(fault: Fault, answers: &[u16]) {
    for (operation, _) in operations() {
        let (app, ready) = TestApp::ready_for(&operation).await;
        let mails = app.inbox.mails(None).len();
        let calls = break_each_call(&app, &operation, &ready, fault, answers).await;
        assert_eq!(calls == 0, ROBUST.contains(&operation.as_str()), "{operation} makes {calls} calls");
        app.run_workers().await;
        let mailed = app.inbox.mails(None).len() - mails;
        assert!(mailed <= 2, "{operation}: what was done once is mailed once, not {mailed} times");
    }
}

#[tokio::test]
async fn using_any_operation_while_the_store_cannot_be_reached() {
    each_operation_under(Fault::Unreachable, FOR_NOW).await;
}

#[tokio::test(start_paused = true)]
async fn using_any_operation_while_the_store_never_answers() {
    each_operation_under(Fault::Stalled, FOR_NOW).await;
}

#[tokio::test]
async fn using_any_operation_while_the_store_throttles() {
    each_operation_under(Fault::Throttled, FOR_NOW).await;
}

#[tokio::test]
async fn using_any_operation_while_the_store_answers_nonsense() {
    each_operation_under(Fault::Nonsense, ALTOGETHER).await;
}

#[tokio::test]
async fn using_any_operation_while_the_store_refuses_us() {
    each_operation_under(Fault::Denied, ALTOGETHER).await;
}

/// Operations that need no secret. The pages look nothing up: what they show is decided when it is sent.
const WITHOUT_SECRETS: &[&str] = &[
    "ask_for_passkey",
    "cancel_deletion_page",
    "change_password_page",
    "confirm_email_page",
    "docs",
    "download_export",
    "end_session_by_link",
    "end_session_page",
    "health",
    "openapi",
    "openid_configuration",
    "passkey_endpoints",
    "password_changed_page",
    "reset_password_page",
    "undo_email_change_page",
];

#[tokio::test]
async fn using_any_operation_while_no_secret_is_to_be_had() {
    for (operation, _) in operations() {
        let (mut app, ready) = TestApp::ready_for(&operation).await;
        app.restart();
        app.vault.stall(true);
        let before = kept(&app);
        let answer = ready.send(&app).await;
        if is_done(&answer) {
            assert!(WITHOUT_SECRETS.contains(&operation.as_str()), "{operation} needs no secret");
            app.vault.stall(false);
        } else {
            assert_eq!(answer.status, 503, "{operation}: {}", answer.text);
            assert_eq!(kept(&app), before, "{operation}");
            app.vault.stall(false);
            assert!(is_done(&ready.send(&app).await), "{operation} succeeds when the secrets are back");
        }
        app.run_workers().await;
    }
}
