//! Passkeys: enrolling them, and signing in by one.

use http::Method;
use serde_json::json;

use super::By::{Anyone, User};
use super::{ADA, Facts, Operation, Reached, Ready, Variation, account, nothing};
use crate::app::TestApp;
use crate::passkeys::new_passkey;

const MINE: &str = "/api/auth/mfa/passkeys";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("ask_for_passkey", Anyone, nothing, |_| Ready::post("/api/auth/passkey/options", &json!({}))).with(
        &[Variation::new("a second step", "200", |it| {
            Ready::post("/api/auth/passkey/options", &json!({ "mfa_token": it.token }))
        })
        .on(first_step)],
    ),
    Operation::new("sign_in_by_passkey", Anyone, assertion, |it| {
        Ready::post("/api/auth/passkey", &json!({ "assertion": it.credential }))
    }),
    Operation::new("passkey_options", User, account, |_| Ready::post(&format!("{MINE}/options"), &json!({}))).with(&[
        Variation::new("a step-up", "200", |_| {
            Ready::post(&format!("{MINE}/options"), &json!({ "purpose": "step_up" }))
        })
        .on(enrolled),
        Variation::new("a further passkey", "200", |_| Ready::post(&format!("{MINE}/options"), &json!({})))
            .on(enrolled),
    ]),
    Operation::new("enrol_passkey", User, made, |it| Ready::post(MINE, &json!({ "passkey": it.credential }))),
    Operation::new("passkeys", User, enrolled, |_| Ready::get(MINE)),
    Operation::new("passkey", User, enrolled, |it| Ready::get(&format!("{MINE}/{}", it.id))),
    Operation::new("rename_passkey", User, enrolled, |it| {
        Ready::json(Method::PATCH, &format!("{MINE}/{}", it.id), &json!({ "name": "Phone" }))
    }),
    Operation::new("remove_passkey", User, enrolled, |it| Ready::delete(&format!("{MINE}/{}", it.id))),
];

/// Ada's authenticator made a passkey, which is not yet enrolled.
fn made(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        let credential = new_passkey().make(&app.passkey_options(&ada).await).unwrap();
        Facts { credential, ..Facts::of(&ada) }
    })
}

/// Ada has a passkey.
fn enrolled(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        app.enrol_passkey(&ada).await;
        let listed = ada.calling(app).get(MINE).await.success();
        Facts { id: listed["items"][0]["id"].as_str().unwrap().to_owned(), ..Facts::of(&ada) }
    })
}

/// Ada's passkey signed a challenge for signing in.
fn assertion(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        let mut passkey = app.enrol_passkey(&ada).await;
        let credential = passkey.show(&app.sign_in_options().await).unwrap();
        Facts { credential, ..Facts::of(&ada) }
    })
}

/// Ada has a passkey, and showed her password for a further session.
fn first_step(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        app.enrol_passkey(&ada).await;
        Facts { token: app.first_step(ADA).await, ..Facts::of(&ada) }
    })
}
