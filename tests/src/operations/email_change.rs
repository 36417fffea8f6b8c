//! Changing the email address, and undoing that.

use serde_json::json;

use super::By::{Anyone, User};
use super::{ADA, Facts, Operation, Reached, Ready, Variation, account};
use crate::account::PASSWORD;
use crate::app::TestApp;

const NEW_ADDRESS: &str = "ada@example.org";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("ask_for_email_change", User, account, |_| {
        let body = json!({ "new_email": NEW_ADDRESS, "current_password": PASSWORD });
        Ready::post("/api/auth/email-change", &body)
    }),
    Operation::new("confirm_email_change", User, change_asked, |it| {
        Ready::post("/api/auth/email-change/confirm", &json!({ "code": it.code }))
    }),
    Operation::new("undo_email_change_page", Anyone, changed, |it| {
        Ready::get(&format!("/undo-email-change?token={}", it.link))
    }),
    Operation::new("undo_email_change", Anyone, changed, undo)
        .with(&[Variation::new("two changes", "303", undo).on(changed_twice)]),
];

fn undo(it: &Facts) -> Ready {
    Ready::form("/undo-email-change", format!("token={}", it.link))
}

/// Ada asked for another address, which was mailed a code.
fn change_asked(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        app.ask_for_email(&ada, NEW_ADDRESS).await.success();
        app.run_workers().await;
        Facts { code: app.code_to(NEW_ADDRESS), ..Facts::of(&ada) }
    })
}

/// Ada has another address, and her old one a link to undo that.
fn changed(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        app.change_email(&ada, NEW_ADDRESS).await;
        Facts { link: app.undo_link_to(ADA), ..Facts::of(&ada) }
    })
}

/// Ada changed her address twice, and her first one has a link to undo both.
fn changed_twice(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        for address in [NEW_ADDRESS, "ada@example.net"] {
            app.change_email(&ada, address).await;
        }
        Facts { link: app.undo_link_to(ADA), ..Facts::of(&ada) }
    })
}
