//! Second factors and codes by mail.

use http::Method;
use serde_json::json;

use super::By::{Anyone, User};
use super::{ADA, Facts, Operation, Reached, Ready, Variation, account};
use crate::account::PASSWORD;
use crate::app::TestApp;
use crate::factors::code_of;

const SECOND_STEP: &str = "/api/auth/token/mfa";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("ask_for_sign_in_code", Anyone, account, |_| {
        Ready::post("/api/auth/email-code", &json!({ "email": ADA }))
    }),
    Operation::new("sign_in_by_code", Anyone, code_mailed, |it| {
        Ready::post("/api/auth/email-code/confirm", &json!({ "sign_in_token": it.token, "code": it.code }))
    })
    .with(&[Variation::new("an account with a second factor", "200", |it| {
        Ready::post("/api/auth/email-code/confirm", &json!({ "sign_in_token": it.token, "code": it.code }))
    })
    .on(code_mailed_beside_authenticator)]),
    Operation::new("mfa", User, authenticator, |_| Ready::get("/api/auth/mfa")),
    Operation::new("enrol_totp", User, account, |_| Ready::post("/api/auth/mfa/totp", &json!({}))),
    Operation::new("confirm_totp", User, totp_asked, |it| {
        Ready::post("/api/auth/mfa/totp/confirm", &json!({ "code": it.code }))
    }),
    Operation::new("renew_recovery_codes", User, authenticator, |_| {
        Ready::post_nothing("/api/auth/mfa/recovery-codes")
    }),
    Operation::new("second_step", Anyone, first_step, |it| {
        Ready::post(SECOND_STEP, &json!({ "mfa_token": it.token, "totp_code": it.code }))
    })
    .with(&[
        Variation::new("a wrong code", "401 code_invalid", |it| {
            Ready::post(SECOND_STEP, &json!({ "mfa_token": it.token, "totp_code": "000000" }))
        }),
        Variation::new("a recovery code", "200", |it| {
            Ready::post(SECOND_STEP, &json!({ "mfa_token": it.token, "recovery_code": it.id }))
        }),
        Variation::new("a passkey", "200", |it| {
            Ready::post(SECOND_STEP, &json!({ "mfa_token": it.token, "passkey": it.credential }))
        })
        .on(second_step_assertion),
    ]),
    Operation::new("disable_totp", User, authenticator, |it| {
        let body = json!({ "password": PASSWORD, "totp_code": it.code });
        Ready::json(Method::DELETE, "/api/auth/mfa/totp", &body)
    })
    .with(&[Variation::new("a recovery code", "204", |it| {
        let body = json!({ "password": PASSWORD, "recovery_code": it.id });
        Ready::json(Method::DELETE, "/api/auth/mfa/totp", &body)
    })]),
];

/// Ada was mailed a code to sign in with.
fn code_mailed(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        app.ask_for_sign_in_code(ADA).await.success();
        app.run_workers().await;
        Facts { token: app.sign_in_token(ADA), code: app.code_to(ADA), ..Facts::of(&ada) }
    })
}

/// Ada scanned the secret of an authenticator app, and has not yet shown a code of it.
fn totp_asked(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        let secret = ada.calling(app).post("/api/auth/mfa/totp", json!({})).await.text_of("secret");
        Facts { code: code_of(&secret, app.now().as_second()), ..Facts::of(&ada) }
    })
}

/// Ada has an authenticator app, which shows the code, and a recovery code, which stands in the place of the id.
pub(super) fn authenticator(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        let authenticator = app.enrol_totp(&ada).await;
        let (code, id) = (authenticator.code_in(app, 1), authenticator.recovery_codes[0].clone());
        Facts { code, id, ..Facts::of(&ada) }
    })
}

/// The same, and she has shown her password for a further session.
fn first_step(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let facts = authenticator(app).await;
        Facts { token: app.first_step(ADA).await, ..facts }
    })
}

/// Ada has an authenticator app, and was mailed a code to sign in with.
fn code_mailed_beside_authenticator(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let facts = authenticator(app).await;
        app.ask_for_sign_in_code(ADA).await.success();
        app.run_workers().await;
        Facts { token: app.sign_in_token(ADA), code: app.code_to(ADA), ..facts }
    })
}

/// Ada showed her password, and her passkey signed a challenge for the second step.
fn second_step_assertion(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        let mut passkey = app.enrol_passkey(&ada).await;
        let token = app.first_step(ADA).await;
        let credential = passkey.show(&app.second_step_options(&token).await).unwrap();
        Facts { token, credential, ..Facts::of(&ada) }
    })
}
