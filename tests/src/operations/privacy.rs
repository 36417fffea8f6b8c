//! Exports, deletion, and taking a deletion back.

use serde_json::json;

use super::By::{Anyone, EvenLeaving, User};
use super::{ADA, Facts, Operation, Reached, Ready, account, mailed_link};
use crate::account::Person;
use crate::app::TestApp;

const REQUESTS: &str = "/api/auth/data-requests";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("create_data_request", User, account, |_| ask_for_export()),
    Operation::new("download_export", Anyone, packed, |it| {
        Ready::get(&format!("/api/auth/data-export/download/{}", it.link))
    }),
    Operation::new("delete_account", User, account, |_| Ready::delete("/api/auth/me")),
    Operation::new("data_requests", EvenLeaving, leaving, |_| Ready::get(REQUESTS)),
    Operation::new("data_request", EvenLeaving, leaving, |it| Ready::get(&format!("{REQUESTS}/{}", it.id))),
    Operation::new("cancel_data_request", EvenLeaving, leaving, |it| Ready::delete(&format!("{REQUESTS}/{}", it.id))),
    Operation::new("cancel_deletion_page", Anyone, leaving, |it| {
        Ready::get(&format!("/cancel-deletion?token={}", it.link))
    }),
    Operation::new("cancel_deletion", Anyone, leaving, |it| {
        Ready::form("/cancel-deletion", format!("token={}", it.link))
    }),
];

fn ask_for_export() -> Ready {
    Ready::post(REQUESTS, &json!({ "request_type": "EXPORT", "notes": "mine" }))
}

/// Ada's export was packed, and she was mailed a link to it.
fn packed(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        ask_for_export().bearing(Some(&ada.access)).send(app).await.success();
        app.run_workers().await;
        let (_, link) =
            app.link_to(ADA).rsplit_once('/').map(|(path, token)| (path.to_owned(), token.to_owned())).unwrap();
        Facts { link, ..Facts::of(&ada) }
    })
}

/// Ada asked for the deletion of her account, was mailed a link to take that back, and signed in again.
pub(super) fn leaving(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        let id = ada.calling(app).delete("/api/auth/me").await.text_of("id");
        app.run_workers().await;
        let leaving = Person::of(app.sign_in(ADA).await.success());
        Facts { id, link: mailed_link(app), ..Facts::of(&leaving) }
    })
}
