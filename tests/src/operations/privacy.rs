//! Requests for exports, for deletions, and for taking those back.

use serde_json::json;

use super::{ADA, Ready, query};
use crate::account::Person;
use crate::app::TestApp;

/// Requests of who asks for their data.
pub(super) async fn exporting(app: &TestApp, ada: &Person, operation: &str) -> Option<Ready> {
    let ask = Ready::post("/api/auth/data-requests", &json!({ "request_type": "EXPORT", "notes": "mine" })).by(ada);
    match operation {
        "create_data_request" => Some(ask),
        "download_export" => {
            ask.send(app).await;
            app.run_workers().await;
            Some(Ready::get(&app.link_to(ADA)))
        }
        _ => None,
    }
}

/// Requests of who leaves.
pub(super) async fn leaving(app: &TestApp, ada: &Person, operation: &str) -> Option<Ready> {
    if operation == "delete_account" {
        return Some(Ready::delete("/api/auth/me").by(ada));
    }
    let id = ada.calling(app).delete("/api/auth/me").await.text_of("id");
    app.run_workers().await;
    let link = app.link_to(ADA);
    let leaving = Person::of(app.sign_in(ADA).await.success());
    Some(match operation {
        "data_requests" => Ready::get("/api/auth/data-requests").by(&leaving),
        "data_request" => Ready::get(&format!("/api/auth/data-requests/{id}")).by(&leaving),
        "cancel_data_request" => Ready::delete(&format!("/api/auth/data-requests/{id}")).by(&leaving),
        "cancel_deletion_page" => Ready::get(&link),
        "cancel_deletion" => Ready::form("/cancel-deletion", query(&link).to_owned()),
        _ => return None,
    })
}
