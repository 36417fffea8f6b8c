//! What users see and change of their own account, and what they show of themselves to others.

use http::Method;
use serde_json::{Value, json};

use super::By::{EvenLeaving, User};
use super::second_factors::authenticator;
use super::{ADA, Facts, Operation, Reached, Ready, Variation, account};
use crate::account::PASSWORD;
use crate::app::TestApp;

const STEP_UP: &str = "/api/auth/step-up";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("me", EvenLeaving, account, |_| Ready::get("/api/auth/me")),
    Operation::new("rename", User, account, |_| rename("ada")).with(&[Variation::new(
        "another username",
        "200",
        |_| rename("ada_k"),
    )
    .on(with_names)]),
    Operation::new("profile", User, account, |_| Ready::get("/api/auth/profile")),
    Operation::new("change_profile", User, account, |_| {
        Ready::json(Method::PATCH, "/api/auth/profile", &profile("+49 170 1234567"))
    })
    .with(&[Variation::new("another telephone number", "200", |_| {
        Ready::json(Method::PATCH, "/api/auth/profile", &profile("+49 170 7654321"))
    })
    .on(with_names)]),
    Operation::new("replace_profile", User, account, |_| {
        Ready::json(Method::PUT, "/api/auth/profile", &profile("+49 170 1234567"))
    }),
    Operation::new("public_user", User, account, |it| Ready::get(&format!("/api/users/{}", it.id))),
    Operation::new("security_log", User, account, |_| Ready::get("/api/auth/security-log")),
    Operation::new("step_up", User, account, |_| Ready::post(STEP_UP, &json!({ "password": PASSWORD }))).with(&[
        Variation::new("a wrong password", "403 password_wrong", |_| {
            Ready::post(STEP_UP, &json!({ "password": "wrong" }))
        }),
        Variation::new("a code that is to be mailed", "202", |_| Ready::post(STEP_UP, &json!({ "method": "email" })))
            .on(without_password),
        Variation::new("a mailed code", "204", |it| Ready::post(STEP_UP, &json!({ "code": it.code }))).on(code_mailed),
        Variation::new("a code of an authenticator app", "204", |it| {
            Ready::post(STEP_UP, &json!({ "totp_code": it.code }))
        })
        .on(authenticator),
        Variation::new("a wrong code of an authenticator app", "400 code_invalid", |_| {
            Ready::post(STEP_UP, &json!({ "totp_code": "000000" }))
        })
        .on(authenticator),
        Variation::new("a passkey", "204", |it| Ready::post(STEP_UP, &json!({ "passkey": it.credential })))
            .on(step_up_assertion),
    ]),
];

fn rename(username: &str) -> Ready {
    Ready::json(Method::PATCH, "/api/auth/me", &json!({ "name": "Ada King", "username": username }))
}

fn profile(phone: &str) -> Value {
    json!({ "phone": phone, "marketing_consent": true })
}

/// Ada has a username and a telephone number.
fn with_names(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let facts = account(app).await;
        let first = Ready::json(Method::PATCH, "/api/auth/profile", &profile("+49 170 1234567"));
        for request in [rename("ada"), first] {
            request.bearing(Some(&facts.access)).send(app).await.success();
        }
        facts
    })
}

/// Ada's account came into being without a password.
fn without_password(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        app.forget_password(&ada);
        Facts::of(&ada)
    })
}

/// The same, and she was mailed a code that shows who she is.
fn code_mailed(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let facts = without_password(app).await;
        let ask = Ready::post(STEP_UP, &json!({ "method": "email" })).bearing(Some(&facts.access));
        ask.send(app).await.success();
        app.run_workers().await;
        Facts { code: app.code_to(ADA), ..facts }
    })
}

/// Ada's passkey signed a challenge that shows who she is.
fn step_up_assertion(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        let mut passkey = app.enrol_passkey(&ada).await;
        let credential = passkey.show(&app.step_up_options(&ada).await).unwrap();
        Facts { credential, ..Facts::of(&ada) }
    })
}
