//! Changing and resetting a password.

use serde_json::json;

use super::By::{Anyone, User};
use super::registration::registered;
use super::{ADA, Facts, Operation, Reached, Ready, Variation, account, mailed_link};
use crate::account::{NEW_PASSWORD, PASSWORD};
use crate::app::TestApp;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("change_password", User, account, |_| change(PASSWORD)).with(&[Variation::new(
        "a wrong password",
        "403 password_wrong",
        |_| change("wrong"),
    )]),
    Operation::new("ask_for_password_reset", Anyone, account, |_| {
        Ready::post("/api/auth/password-reset", &json!({ "email": ADA }))
    })
    .with(&[
        Variation::new("an address without an account", "202", |_| {
            Ready::post("/api/auth/password-reset", &json!({ "email": "eve@example.com" }))
        }),
        Variation::new("an address whose registration waits", "202", |_| {
            Ready::post("/api/auth/password-reset", &json!({ "email": ADA }))
        })
        .on(registered),
    ]),
    Operation::new("reset_password", Anyone, reset_asked, |it| reset(it, &it.code, NEW_PASSWORD)).with(&[
        Variation::new("a wrong code", "400 code_invalid", |it| reset(it, "00000000", NEW_PASSWORD)),
        Variation::new("a weak password", "422 password_too_weak", |it| reset(it, &it.code, "password")),
    ]),
    Operation::new("reset_password_page", Anyone, reset_asked, |it| {
        Ready::get(&format!("/reset-password?token={}", it.link))
    }),
    Operation::new("reset_password_by_link", Anyone, reset_asked, |it| {
        Ready::form("/reset-password", format!("token={}&new_password=purple+otters+juggle+nightly", it.link))
    }),
];

fn change(current: &str) -> Ready {
    let body = json!({ "current_password": current, "new_password": NEW_PASSWORD, "keep_me_signed_in": true });
    Ready::post("/api/auth/password", &body)
}

fn reset(it: &Facts, code: &str, password: &str) -> Ready {
    let body = json!({ "reset_token": it.token, "code": code, "new_password": password });
    Ready::post("/api/auth/password-reset/confirm", &body)
}

/// Ada has an account, and was mailed a code and a link for a new password.
fn reset_asked(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        app.ask_for_reset(ADA).await.success();
        app.run_workers().await;
        Facts { token: app.reset_token(ADA), link: mailed_link(app), code: app.code_to(ADA), ..Facts::of(&ada) }
    })
}
