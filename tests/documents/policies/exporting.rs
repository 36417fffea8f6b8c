//! What the exporter does, in every way in which its jobs end.

use jiff::SignedDuration;
use latchkey_tests::{BucketFault, Person, TestApp};
use serde_json::json;

/// Somebody's data is packed, downloaded and forgotten; somebody else's is packed in vain; and both are erased.
pub(super) async fn exporting_and_erasing(app: &TestApp) {
    let ida = app.new_account("ida@example.com").await;
    let ask = |kind: &str| json!({ "request_type": kind });
    ida.calling(app).patch("/api/auth/profile", json!({ "phone": "+49 170 1112223" })).await.success();
    ida.calling(app).post("/api/auth/data-requests", ask("EXPORT")).await;
    // The part never arrives, so that the upload is aborted.
    app.shelf.fail_for_good(2, BucketFault::Busy);
    app.run_workers().await;
    let link = app.link_to("ida@example.com");
    let found = app.anon().get(&link).await;
    app.shelf.follow("privacy", found.header("location")).await.unwrap();
    app.advance(SignedDuration::from_hours(8 * 24));
    app.clear_away().await.unwrap();
    let ida = Person::of(app.sign_in("ida@example.com").await.success());
    app.change_email(&ida, "ida@example.net").await;
    for kind in ["EXPORT", "DELETE"] {
        ida.calling(app).post("/api/auth/data-requests", ask(kind)).await;
        app.run_workers().await;
    }
    // Passkeys are read together.
    let jim = app.new_account("jim@example.com").await;
    let mut passkey = app.enrol_passkey(&jim).await;
    let jim = Person::of(app.sign_in_by_passkey(&mut passkey).await.success());
    for kind in ["EXPORT", "DELETE"] {
        let asked = jim.calling(app).post("/api/auth/data-requests", ask(kind)).await;
        assert_eq!(asked.status, 201, "{}", asked.text);
        app.run_workers().await;
    }
    app.advance(SignedDuration::from_hours(15 * 24));
    app.redrive_outbox().await;
    app.run_workers().await;
}
