//! Second factors, as people hold them: an authenticator app and a list of recovery codes.

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::account::{PASSWORD, Person};
use crate::answer::Answer;
use crate::app::TestApp;

/// What a person has after enrolling an authenticator app.
#[derive(Debug, Clone)]
pub struct Authenticator {
    /// The secret in the app, in base32.
    pub secret: String,
    /// The recovery codes on paper.
    pub recovery_codes: Vec<String>,
}

impl Authenticator {
    /// The code that the app shows so many steps from now.
    pub fn code_in(&self, app: &TestApp, steps: i64) -> String {
        code_of(&self.secret, app.now().as_second() + 30 * steps)
    }

    /// The next code that was not shown before: that of half a minute later.
    pub fn next_code(&self, app: &TestApp) -> String {
        app.advance(SignedDuration::from_secs(30));
        self.code_in(app, 0)
    }
}

/// The code of a secret at a second, computed without the product.
pub fn code_of(secret: &str, second: i64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    Builder::new().with_secret(secret).build().unwrap().generate(u64::try_from(second).unwrap()).to_string()
}

/// Reads the codes of an answer.
fn recovery_codes(answer: &Value) -> Vec<String> {
    let codes = answer["recovery_codes"].as_array().unwrap().iter();
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}

impl TestApp {
    /// The application, and a person whose account has an authenticator app.
    pub async fn with_authenticator(self, email: &str) -> (Self, Person, Authenticator) {
        let (app, person) = self.with_account(email).await;
        let authenticator = app.enrol_totp(&person).await;
        (app, person, authenticator)
    }

    /// Enrols an authenticator app, from a session that is fresh.
    pub async fn enrol_totp(&self, person: &Person) -> Authenticator {
        let secret = person.calling(self).post("/api/auth/mfa/totp", json!({})).await.text_of("secret");
        let code = code_of(&secret, self.now().as_second());
        let confirmed =
            person.calling(self).post("/api/auth/mfa/totp/confirm", json!({ "code": code })).await.success();
        self.run_workers().await;
        Authenticator { secret, recovery_codes: recovery_codes(&confirmed) }
    }

    /// Signs in as far as the second step: its token.
    pub async fn first_step(&self, login: &str) -> String {
        let answer = self.sign_in(login).await.success();
        assert_eq!(answer["status"], "mfa_required", "{answer}");
        answer["mfa_token"].as_str().unwrap().to_owned()
    }

    /// The second step with a code of an app.
    pub async fn second_step(&self, mfa_token: &str, code: &str) -> Answer {
        self.anon().post("/api/auth/token/mfa", json!({ "mfa_token": mfa_token, "totp_code": code })).await
    }

    /// The second step with a recovery code.
    pub async fn second_step_by_recovery_code(&self, mfa_token: &str, code: &str) -> Answer {
        self.anon().post("/api/auth/token/mfa", json!({ "mfa_token": mfa_token, "recovery_code": code })).await
    }

    /// Signs in with password and app, half a minute later.
    pub async fn sign_in_with(&self, login: &str, authenticator: &Authenticator) -> Person {
        let code = authenticator.next_code(self);
        let token = self.first_step(login).await;
        Person::of(self.second_step(&token, &code).await.success())
    }

    /// Removes the app, with the password of everybody and this second factor.
    pub async fn disable_totp(&self, person: &Person, factor: Value) -> Answer {
        let mut body = json!({ "password": PASSWORD });
        body.as_object_mut().unwrap().extend(factor.as_object().unwrap().clone());
        self.delete_totp(person, &body).await
    }

    /// Removes the app with any body.
    pub async fn delete_totp(&self, person: &Person, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        person.calling(self).request(Method::DELETE, "/api/auth/mfa/totp", Some("application/json"), body).await
    }

    /// New recovery codes, from a session that is fresh.
    pub async fn renew_recovery_codes(&self, person: &Person) -> Vec<String> {
        recovery_codes(&person.calling(self).post("/api/auth/mfa/recovery-codes", json!({})).await.success())
    }
}
