//! Health, and the documents.

use latchkey_tests::{Fault, TestApp};

#[tokio::test]
async fn health_needs_nothing_and_readiness_needs_the_tables() {
    let app = TestApp::new();
    assert_eq!(app.anon().get("/api/health").await.success()["status"], "OK");
    assert_eq!(app.anon().get("/api/health/ready").await.success()["status"], "OK");
    app.engine.fail_always(Fault::Unreachable);
    assert_eq!(app.anon().get("/api/health").await.status, 200);
    let ready = app.anon().get("/api/health/ready").await;
    assert_eq!(ready.summary(), "503 unavailable");
    assert_eq!(ready.header("retry-after"), "1");
}

#[tokio::test]
async fn the_documents_are_served() {
    let app = TestApp::new();
    let document = app.anon().get("/api/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.json()["openapi"], "3.1.0");
    let page = app.anon().get("/api/docs").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(!page.text.contains("<script"));
    // Packed whatever is accepted: whoever reads them knows gzip, and unpacked they would be twenty times as large.
    for (path, first) in [("/api/openapi.json", document), ("/api/docs", page)] {
        for accepted in ["br, gzip", "identity", "gzip;q=0", ""] {
            let packed = app.anon().with("accept-encoding", accepted).get(path).await;
            assert_eq!(packed.header("content-encoding"), "gzip", "{path} {accepted:?}");
            assert_eq!(packed.text, first.text);
        }
        assert_eq!((first.header("content-encoding"), first.header("vary")), ("gzip", "origin"));
    }
}
