//! What users see and change of their own account, and what they show of themselves to others.

use http::Method;
use serde_json::{Value, json};

use super::By::{EvenLeaving, User};
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
    )]),
    Operation::new("profile", User, account, |_| Ready::get("/api/auth/profile")),
    Operation::new("change_profile", User, account, |_| {
        Ready::json(Method::PATCH, "/api/auth/profile", &profile("+49 170 1234567"))
    })
    .with(&[Variation::new("another telephone number", "200", |_| {
        Ready::json(Method::PATCH, "/api/auth/profile", &profile("+49 170 7654321"))
    })]),
    Operation::new("replace_profile", User, account, |_| {
        Ready::json(Method::PUT, "/api/auth/profile", &profile("+49 170 1234567"))
    }),
    Operation::new("public_user", User, account, |it| Ready::get(&format!("/api/users/{}", it.id))),
    Operation::new("security_log", User, account, |_| Ready::get("/api/auth/security-log")),
    Operation::new("step_up", User, account, |_| Ready::post(STEP_UP, &json!({ "password": PASSWORD })))
        .with(&[Variation::new("a wrong password", "401 invalid_credentials", |_| {
            Ready::post(STEP_UP, &json!({ "password": "wrong" }))
        })]),
];

fn rename(username: &str) -> Ready {
    Ready::json(Method::PATCH, "/api/auth/me", &json!({ "name": "Ada King", "username": username }))
}

fn profile(phone: &str) -> Value {
    json!({ "phone": phone, "marketing_consent": true })
}
