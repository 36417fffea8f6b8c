//! Registering, and confirming the email address.

use serde_json::{Value, json};

use super::By::Anyone;
use super::social::address_named;
use super::{ADA, Facts, Operation, Reached, Ready, Variation, account, mailed_link, nothing};
use crate::account::PASSWORD;
use crate::app::TestApp;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("register", Anyone, nothing, |_| Ready::post("/api/auth/register", &new_user())).with(&[
        Variation::new("an address with an account", "202", |_| Ready::post("/api/auth/register", &new_user()))
            .on(account),
    ]),
    Operation::new("resend_verification", Anyone, registered, |it| {
        Ready::post("/api/auth/verify-email/resend", &json!({ "registration_token": it.token }))
    }),
    Operation::new("verify_email", Anyone, registered, |it| verify(it, &it.code)).with(&[
        Variation::new("a wrong code", "400 code_invalid", |it| verify(it, "00000000")),
        Variation::new("a registration by a provider", "201", |it| verify(it, &it.code)).on(address_named),
    ]),
    Operation::new("confirm_email_page", Anyone, registered, |it| {
        Ready::get(&format!("/confirm-email?token={}", it.link))
    }),
    Operation::new("confirm_email", Anyone, registered, |it| {
        Ready::form("/confirm-email", format!("token={}&password=correct+horse+battery+staple", it.link))
    })
    .with(&[Variation::new("a wrong password", "422", |it| {
        Ready::form("/confirm-email", format!("token={}&password=wrong", it.link))
    })]),
];

fn verify(it: &Facts, code: &str) -> Ready {
    Ready::post("/api/auth/verify-email", &json!({ "registration_token": it.token, "code": code }))
}

fn new_user() -> Value {
    json!({ "email": ADA, "name": "Ada", "password": PASSWORD, "username": "ada" })
}

/// Ada has registered and not yet confirmed her address.
pub(super) fn registered(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let token = app.anon().post("/api/auth/register", new_user()).await.text_of("registration_token");
        app.run_workers().await;
        Facts { token, link: mailed_link(app), code: app.code_to(ADA), ..Facts::default() }
    })
}
