//! HEAD: what it answers for every GET, and that it does nothing.

use latchkey_tests::{TestApp, operations};

#[tokio::test]
async fn head_answers_like_get_and_changes_nothing() {
    let mut acting = Vec::new();
    for (operation, at) in operations() {
        if !at.starts_with("GET ") {
            continue;
        }
        let (app, get) = TestApp::ready_for(&operation).await;
        app.leave_mail_unsent();
        app.engine.take_calls();
        let head = get.head().send(&app).await;
        let calls = app.engine.take_calls_of_rules();
        let written: Vec<_> = calls.iter().filter(|call| !call.is_read()).collect();
        if !written.is_empty() {
            acting.push(format!("{at} writes: {written:?}"));
        }
        let answer = get.send(&app).await;
        let told = |answer: &latchkey_tests::Answer| {
            (answer.status, answer.header("content-type").to_owned(), answer.header("cache-control").to_owned())
        };
        if told(&head) != told(&answer) || !head.text.is_empty() {
            acting.push(format!("{at} answers {:?} to GET and {:?} to HEAD", told(&answer), told(&head)));
        }
    }
    assert!(acting.is_empty(), "{}", acting.join("\n"));
}

#[tokio::test]
async fn a_head_of_what_acts_is_counted_as_a_visit() {
    let app = TestApp::with_config(&[("RATE_ANON", "2/hour")]);
    let download = "/api/auth/data-export/download/lke_AAAA".to_owned();
    let caller = app.anon().from("198.51.100.7");
    let head = async || caller.request(http::Method::HEAD, &download, None, Vec::new()).await.status.as_u16();
    assert_eq!([head().await, head().await, head().await], [303, 303, 429]);
}
