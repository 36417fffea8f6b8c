//! One request for each operation of the API, with all that must have happened before it: for tests that are about every
//! endpoint at once. An operation without one is named by [`TestApp::ready_for`].

mod passkeys;
mod privacy;
mod route;

use http::Method;
use serde_json::{Value, json};

use crate::account::{NEW_PASSWORD, PASSWORD, Person};
use crate::answer::Answer;
use crate::app::TestApp;
use crate::caller::Caller;
use crate::factors::code_of;
use crate::providers::{BACK, CLIENT_ID, ada_at_google, answered};

const ADA: &str = "ada@example.com";
const FORM_PASSWORD: &str = "correct+horse+battery+staple";
const NEW_FORM_PASSWORD: &str = "purple+otters+juggle+nightly";

/// The variables under which every operation can succeed, and often.
pub const EVERYTHING: &[(&str, &str)] = &[
    ("RATE_FACTOR", "10000"),
    ("EMAIL_CODE_SIGN_IN", "on"),
    ("CHANGE_PASSWORD_URL", "https://app.example.com/password"),
    ("OAUTH_REDIRECTS", BACK),
];

/// The OpenAPI document.
pub fn api_document() -> Value {
    serde_json::from_str(&crate::repository("docs/generated/openapi.json")).unwrap()
}

/// Every operation of the API, as the document names it: its id, and its method with its path.
pub fn operations() -> Vec<(String, String)> {
    let document = api_document();
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| {
            let id = operation["operationId"].as_str().unwrap();
            (id.to_owned(), format!("{} {path}", method.to_uppercase()))
        })
    });
    all.collect()
}

/// A request that would succeed.
#[derive(Debug, Clone)]
pub struct Ready {
    token: Option<String>,
    method: Method,
    target: String,
    body: Option<(&'static str, String)>,
    cookie: Option<String>,
}

impl Ready {
    fn get(target: &str) -> Self {
        Self { token: None, method: Method::GET, target: target.to_owned(), body: None, cookie: None }
    }

    fn send_json(method: Method, target: &str, body: &Value) -> Self {
        Self { method, body: Some(("application/json", body.to_string())), ..Self::get(target) }
    }

    fn post(target: &str, body: &Value) -> Self {
        Self::send_json(Method::POST, target, body)
    }

    fn form(target: &str, body: String) -> Self {
        Self { method: Method::POST, body: Some(("application/x-www-form-urlencoded", body)), ..Self::get(target) }
    }

    fn delete(target: &str) -> Self {
        Self { method: Method::DELETE, ..Self::get(target) }
    }

    fn by(self, person: &Person) -> Self {
        Self { token: Some(person.access.clone()), ..self }
    }

    /// The same with HEAD.
    #[must_use]
    pub fn head(&self) -> Self {
        Self { method: Method::HEAD, ..self.clone() }
    }

    /// The access token that says who asks.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same by somebody else, or by nobody.
    #[must_use]
    pub fn bearing(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// Its body, if that is JSON.
    pub fn json(&self) -> Option<Value> {
        let (kind, body) = self.body.as_ref()?;
        if *kind == "application/json" { serde_json::from_str(body).ok() } else { None }
    }

    /// The same with another body.
    #[must_use]
    pub fn with_json(&self, body: &Value) -> Self {
        Self { body: Some(("application/json", body.to_string())), ..self.clone() }
    }

    /// Whether it carries this text: a token or a code.
    pub fn carries(&self, text: &str) -> bool {
        let body = self.body.as_ref().is_some_and(|(_, body)| body.contains(text));
        let cookie = self.cookie.as_ref().is_some_and(|cookie| cookie.contains(text));
        body || cookie || self.target.contains(text) || self.token.as_deref() == Some(text)
    }

    /// The same with one text in the place of another, wherever it stands.
    #[must_use]
    pub fn replacing(&self, text: &str, by: &str) -> Self {
        Self {
            token: self.token.as_ref().map(|token| token.replace(text, by)),
            method: self.method.clone(),
            target: self.target.replace(text, by),
            body: self.body.as_ref().map(|(kind, body)| (*kind, body.replace(text, by))),
            cookie: self.cookie.as_ref().map(|cookie| cookie.replace(text, by)),
        }
    }

    /// Sends it.
    pub async fn send(&self, app: &TestApp) -> Answer {
        self.send_from(app.anon()).await
    }

    /// Sends it from somewhere, with other headers.
    pub async fn send_from(&self, caller: Caller<'_>) -> Answer {
        let caller = self.token.iter().fold(caller, |caller, token| caller.bearing(token));
        let caller = self.cookie.iter().fold(caller, |caller, cookie| caller.with("cookie", cookie));
        let (kind, body) = self.body.clone().map_or((None, String::new()), |(kind, body)| (Some(kind), body));
        caller.request(self.method.clone(), &self.target, kind, body.into_bytes()).await
    }
}

impl TestApp {
    /// Does all that must have happened before a request for this operation succeeds; the request.
    pub async fn ready_for(&self, operation: &str) -> Ready {
        if let Some(ready) = documents(operation) {
            return ready;
        }
        if let Some(ready) = registering(self, operation).await {
            return ready;
        }
        if let Some(ready) = by_provider(self, operation).await {
            return ready;
        }
        let ada = self.new_account(ADA).await;
        if let Some(ready) = connecting(self, &ada, operation).await {
            return ready;
        }
        if let Some(ready) = own_account(&ada, operation) {
            return ready;
        }
        if let Some(ready) = passwords(self, &ada, operation).await {
            return ready;
        }
        if let Some(ready) = addresses(self, &ada, operation).await {
            return ready;
        }
        if let Some(ready) = sessions(self, &ada, operation).await {
            return ready;
        }
        if let Some(ready) = second_factors(self, &ada, operation).await {
            return ready;
        }
        if let Some(ready) = passkeys::passkeys(self, &ada, operation).await {
            return ready;
        }
        if let Some(ready) = privacy::exporting(self, &ada, operation).await {
            return ready;
        }
        if let Some(ready) = privacy::leaving(self, &ada, operation).await {
            return ready;
        }
        panic!("{operation} has no request in {}", file!());
    }
}

fn documents(operation: &str) -> Option<Ready> {
    Some(Ready::get(match operation {
        "change_password_page" => "/.well-known/change-password",
        "docs" => "/api/docs",
        "health" => "/api/health",
        "jwks" => "/.well-known/jwks.json",
        "openapi" => "/api/openapi.json",
        "passkey_endpoints" => "/.well-known/passkey-endpoints",
        "openid_configuration" => "/.well-known/openid-configuration",
        "password_changed_page" => "/password-changed",
        "ready" => "/api/health/ready",
        _ => return None,
    }))
}

async fn registering(app: &TestApp, operation: &str) -> Option<Ready> {
    if operation == "register" {
        let body = json!({ "email": ADA, "name": "Ada", "password": PASSWORD, "username": "ada" });
        return Some(Ready::post("/api/auth/register", &body));
    }
    if !["confirm_email", "confirm_email_page", "resend_verification", "verify_email"].contains(&operation) {
        return None;
    }
    let token = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let (code, link) = (app.code_to(ADA), app.link_to(ADA));
    Some(match operation {
        "resend_verification" => Ready::post("/api/auth/verify-email/resend", &json!({ "registration_token": token })),
        "verify_email" => Ready::post("/api/auth/verify-email", &json!({ "registration_token": token, "code": code })),
        "confirm_email_page" => Ready::get(&link),
        _ => Ready::form("/confirm-email", format!("{}&password={FORM_PASSWORD}", query(&link))),
    })
}

fn own_account(ada: &Person, operation: &str) -> Option<Ready> {
    let profile = json!({ "phone": "+49 170 1234567", "marketing_consent": true });
    let ready = match operation {
        "change_profile" => Ready::send_json(Method::PATCH, "/api/auth/profile", &profile),
        "me" => Ready::get("/api/auth/me"),
        "profile" => Ready::get("/api/auth/profile"),
        "public_user" => Ready::get(&format!("/api/users/{}", ada.id())),
        "rename" => Ready::send_json(Method::PATCH, "/api/auth/me", &json!({ "name": "Ada King", "username": "ada" })),
        "replace_profile" => Ready::send_json(Method::PUT, "/api/auth/profile", &profile),
        "security_log" => Ready::get("/api/auth/security-log"),
        "sessions" => Ready::get("/api/auth/sessions"),
        "step_up" => Ready::post("/api/auth/step-up", &json!({ "password": PASSWORD })),
        _ => return None,
    };
    Some(ready.by(ada))
}

async fn passwords(app: &TestApp, ada: &Person, operation: &str) -> Option<Ready> {
    if operation == "change_password" {
        let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD, "keep_me_signed_in": true });
        return Some(Ready::post("/api/auth/password", &body).by(ada));
    }
    if operation == "ask_for_password_reset" {
        return Some(Ready::post("/api/auth/password-reset", &json!({ "email": ADA })));
    }
    if !operation.starts_with("reset_password") {
        return None;
    }
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let (code, link) = (app.code_to(ADA), app.link_to(ADA));
    Some(match operation {
        "reset_password_page" => Ready::get(&link),
        "reset_password_by_link" => {
            Ready::form("/reset-password", format!("{}&new_password={NEW_FORM_PASSWORD}", query(&link)))
        }
        _ => {
            let body = json!({ "reset_token": app.reset_token(ADA), "code": code, "new_password": NEW_PASSWORD });
            Ready::post("/api/auth/password-reset/confirm", &body)
        }
    })
}

async fn addresses(app: &TestApp, ada: &Person, operation: &str) -> Option<Ready> {
    if operation == "ask_for_email_change" {
        let body = json!({ "new_email": "ada@example.org", "current_password": PASSWORD });
        return Some(Ready::post("/api/auth/email-change", &body).by(ada));
    }
    if operation == "confirm_email_change" {
        app.ask_for_email(ada, "ada@example.org").await.success();
        app.run_workers().await;
        let body = json!({ "code": app.code_to("ada@example.org") });
        return Some(Ready::post("/api/auth/email-change/confirm", &body).by(ada));
    }
    if !operation.starts_with("undo_email_change") {
        return None;
    }
    app.change_email(ada, "ada@example.org").await;
    let token = app.undo_link_to(ADA);
    Some(match operation {
        "undo_email_change_page" => Ready::get(&format!("/undo-email-change?token={token}")),
        _ => Ready::form("/undo-email-change", format!("token={token}")),
    })
}

async fn sessions(app: &TestApp, ada: &Person, operation: &str) -> Option<Ready> {
    match operation {
        "sign_in" => {
            return Some(Ready::post("/api/auth/token", &json!({ "login": ADA, "password": PASSWORD })));
        }
        "refresh" => return Some(Ready::post("/api/auth/token/refresh", &json!({ "refresh": ada.refresh }))),
        "verify_token" => return Some(Ready::post("/api/auth/token/verify", &json!({ "token": ada.refresh }))),
        "sign_out" => return Some(Ready::post("/api/auth/logout", &json!({ "refresh": ada.refresh }))),
        _ => {}
    }
    if !operation.starts_with("end_") {
        return None;
    }
    let other = Person::of(app.sign_in_elsewhere(ADA).await.success());
    app.run_workers().await;
    let link = app.end_link_to(ADA);
    Some(match operation {
        "end_other_sessions" => Ready::delete("/api/auth/sessions").by(ada),
        "end_session" => {
            let listed = other.calling(app).get("/api/auth/sessions").await.success();
            let current = listed["items"].as_array()?.iter().find(|session| session["current"] == true)?;
            Ready::delete(&format!("/api/auth/sessions/{}", current["id"].as_str()?)).by(ada)
        }
        "end_session_page" => Ready::get(&link),
        _ => Ready::form("/end-session", query(&link).to_owned()),
    })
}

async fn second_factors(app: &TestApp, ada: &Person, operation: &str) -> Option<Ready> {
    match operation {
        "ask_for_sign_in_code" => return Some(Ready::post("/api/auth/email-code", &json!({ "email": ADA }))),
        "sign_in_by_code" => {
            app.ask_for_sign_in_code(ADA).await;
            app.run_workers().await;
            let body = json!({ "sign_in_token": app.sign_in_token(ADA), "code": app.code_to(ADA) });
            return Some(Ready::post("/api/auth/email-code/confirm", &body));
        }
        "enrol_totp" => return Some(Ready::post("/api/auth/mfa/totp", &json!({})).by(ada)),
        "confirm_totp" => {
            let secret = ada.calling(app).post("/api/auth/mfa/totp", json!({})).await.text_of("secret");
            let body = json!({ "code": code_of(&secret, app.now().as_second()) });
            return Some(Ready::post("/api/auth/mfa/totp/confirm", &body).by(ada));
        }
        "mfa" | "renew_recovery_codes" | "second_step" | "disable_totp" => {}
        _ => return None,
    }
    let authenticator = app.enrol_totp(ada).await;
    let code = authenticator.code_in(app, 1);
    Some(match operation {
        "mfa" => Ready::get("/api/auth/mfa").by(ada),
        "renew_recovery_codes" => Ready { method: Method::POST, ..Ready::get("/api/auth/mfa/recovery-codes") }.by(ada),
        "second_step" => {
            let token = app.first_step(ADA).await;
            Ready::post("/api/auth/token/mfa", &json!({ "mfa_token": token, "totp_code": code }))
        }
        _ => {
            let body = json!({ "password": PASSWORD, "totp_code": code });
            Ready::send_json(Method::DELETE, "/api/auth/mfa/totp", &body).by(ada)
        }
    })
}

/// Codes of providers are good more than once here, or no request could be made again.
async fn by_provider(app: &TestApp, operation: &str) -> Option<Ready> {
    app.has_providers();
    app.providers.let_codes_work_again();
    let login = "/api/oauth/google/login?redirect_to=https%3A%2F%2Fapp.example.com%2Fwelcome";
    match operation {
        "oauth_login" => return Some(Ready::get(login)),
        "sign_in_by_provider" => {
            let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
            return Some(Ready::post("/api/auth/social/google", &json!({ "access_token": token })));
        }
        "name_email" => {
            let token = app.providers.access_token(&json!({ "id": "10223", "name": "Ada Lovelace" }), CLIENT_ID);
            let begun = app.anon().post("/api/auth/social/facebook", json!({ "access_token": token })).await;
            let body = json!({ "registration_token": begun.text_of("registration_token"), "email": "bea@example.com" });
            return Some(Ready::post("/api/oauth/exchange/email", &body));
        }
        "oauth_callback" | "exchange_oauth_code" => {}
        _ => return None,
    }
    let browser = app.browser();
    let target = app.providers.allow(browser.get(login).await.header("location"), &ada_at_google());
    if operation == "oauth_callback" {
        let cookie = format!("__Host-oauth={}", browser.cookie("__Host-oauth")?);
        return Some(Ready { cookie: Some(cookie), ..Ready::get(&target) });
    }
    let code = answered(&browser.get(&target).await, "exchange_code")?;
    Some(Ready::post("/api/oauth/exchange", &json!({ "exchange_code": code })))
}

async fn connecting(app: &TestApp, ada: &Person, operation: &str) -> Option<Ready> {
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    let accounts = "/api/auth/social/accounts";
    let connect = Ready::post(&format!("{accounts}/google/connect"), &json!({ "access_token": token })).by(ada);
    Some(match operation {
        "social_accounts" => Ready::get(accounts).by(ada),
        "social_status" => Ready::get(&format!("{accounts}/status")).by(ada),
        "connect_provider" => connect,
        "disconnect_provider" => {
            connect.send(app).await.success();
            app.run_workers().await;
            let disconnect = Ready::get(&format!("{accounts}/google/disconnect"));
            Ready { method: Method::POST, ..disconnect }.by(ada)
        }
        _ => return None,
    })
}

fn query(link: &str) -> &str {
    link.split_once('?').map_or("", |(_, query)| query)
}
