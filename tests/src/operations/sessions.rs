//! Signing in and out, tokens, and the list of sessions.

use http::Method;
use jiff::SignedDuration;
use serde_json::json;

use super::By::{Anyone, User};
use super::privacy::leaving;
use super::registration::registered;
use super::{ADA, Facts, Operation, Reached, Ready, Variation, account, token_in};
use crate::account::{PASSWORD, Person};
use crate::app::TestApp;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("sign_in", Anyone, account, |_| sign_in(ADA, PASSWORD)).with(&[
        Variation::new("a wrong password", "401 invalid_credentials", |_| sign_in(ADA, "wrong")),
        Variation::new("an address without an account", "401 invalid_credentials", |_| sign_in("eve", "wrong")),
        Variation::new("a registration that waits", "403 verification_required", |_| sign_in(ADA, PASSWORD))
            .on(registered),
        Variation::new("an account that is about to be deleted", "200", |_| sign_in(ADA, PASSWORD)).on(leaving),
    ]),
    Operation::new("refresh", Anyone, account, |it| {
        Ready::post("/api/auth/token/refresh", &json!({ "refresh": it.refresh }))
    })
    .with(&[Variation::new("a token that was used long ago", "401 token_reused", |it| {
        Ready::post("/api/auth/token/refresh", &json!({ "refresh": it.refresh }))
    })
    .on(refreshed)]),
    Operation::new("verify_token", Anyone, account, |it| verify(&it.refresh)).with(&[Variation::new(
        "an access token",
        "200",
        |it| verify(&it.access),
    )]),
    Operation::new("sign_out", Anyone, account, |it| {
        Ready::post("/api/auth/logout", &json!({ "refresh": it.refresh }))
    })
    .with(&[
        Variation::new("a device that is forgotten", "204", |it| {
            Ready::post("/api/auth/logout", &json!({ "refresh": it.refresh, "remember_session": false }))
        }),
        Variation::new("an access token", "204", |it| {
            Ready::post("/api/auth/logout", &json!({})).bearing(Some(&it.access))
        }),
    ]),
    Operation::new("sessions", User, account, |_| Ready::get("/api/auth/sessions")),
    Operation::new("name_device", User, two_sessions, |it| {
        let body = json!({ "device_name": "Ada's laptop" });
        Ready::json(Method::PATCH, &format!("/api/auth/sessions/{}", it.id), &body)
    }),
    Operation::new("end_session", User, two_sessions, |it| Ready::delete(&format!("/api/auth/sessions/{}", it.id))),
    Operation::new("end_other_sessions", User, two_sessions, |_| Ready::delete("/api/auth/sessions")),
    Operation::new("end_session_page", Anyone, two_sessions, |it| {
        Ready::get(&format!("/end-session?token={}", it.link))
    }),
    Operation::new("end_session_by_link", Anyone, two_sessions, |it| {
        Ready::form("/end-session", format!("token={}", it.link))
    }),
];

fn sign_in(login: &str, password: &str) -> Ready {
    Ready::post("/api/auth/token", &json!({ "login": login, "password": password }))
}

fn verify(token: &str) -> Ready {
    Ready::post("/api/auth/token/verify", &json!({ "token": token }))
}

/// Ada signed in on a further device, and was mailed a link that ends that session, whose id is in the facts.
fn two_sessions(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        let other = Person::of(app.sign_in_elsewhere(ADA).await.success());
        app.run_workers().await;
        let session = app.current_session(&other).await;
        let id = session["id"].as_str().unwrap().to_owned();
        Facts { id, link: token_in(&app.end_link_to(ADA)), ..Facts::of(&ada) }
    })
}

/// Ada's refresh token was used, longer ago than parallel requests may be apart.
fn refreshed(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let ada = app.new_account(ADA).await;
        app.refresh(&ada.refresh).await.success();
        app.advance(SignedDuration::from_mins(1));
        Facts::of(&ada)
    })
}
