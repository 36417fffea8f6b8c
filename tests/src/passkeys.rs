//! Passkeys, as people hold them.

use std::sync::atomic::{AtomicU64, Ordering};

use latchkey_local::authenticator::{Algorithm, SoftPasskey};
use serde_json::{Value, json};

use crate::account::Person;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::browser::OWN_ORIGIN;

/// A passkey that is enrolled nowhere yet, and like no other of this process.
pub fn new_passkey() -> SoftPasskey {
    new_passkey_of(Algorithm::Es256)
}

/// The same with a key of this algorithm.
pub fn new_passkey_of(algorithm: Algorithm) -> SoftPasskey {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    SoftPasskey::of(algorithm, OWN_ORIGIN, COUNT.fetch_add(1, Ordering::Relaxed)).unwrap()
}

impl TestApp {
    /// The application, and a person whose account has a passkey.
    pub async fn with_passkey(self, email: &str) -> (Self, Person, SoftPasskey) {
        let (app, person) = self.with_account(email).await;
        let passkey = app.enrol_passkey(&person).await;
        (app, person, passkey)
    }

    /// The options of an enrolment, from a session that is fresh.
    pub async fn passkey_options(&self, person: &Person) -> Value {
        person.calling(self).post("/api/auth/mfa/passkeys/options", json!({})).await.success()
    }

    /// Sends a passkey that was made.
    pub async fn send_passkey(&self, person: &Person, made: Value) -> Answer {
        person.calling(self).post("/api/auth/mfa/passkeys", json!({ "passkey": made })).await
    }

    /// Enrols a passkey, from a session that is fresh.
    pub async fn enrol_passkey(&self, person: &Person) -> SoftPasskey {
        let mut passkey = new_passkey();
        let made = passkey.make(&self.passkey_options(person).await).unwrap();
        let answer = self.send_passkey(person, made).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        self.run_workers().await;
        passkey
    }

    /// The options of a sign-in with a passkey alone.
    pub async fn sign_in_options(&self) -> Value {
        self.anon().post("/api/auth/passkey/options", json!({})).await.success()
    }

    /// The options of a second step.
    pub async fn second_step_options(&self, mfa_token: &str) -> Value {
        self.anon().post("/api/auth/passkey/options", json!({ "mfa_token": mfa_token })).await.success()
    }

    /// The options of a step-up.
    pub async fn step_up_options(&self, person: &Person) -> Value {
        let body = json!({ "purpose": "step_up" });
        person.calling(self).post("/api/auth/mfa/passkeys/options", body).await.success()
    }

    /// Sends what a passkey signed, to sign in with it alone.
    pub async fn send_assertion(&self, assertion: &Value) -> Answer {
        self.anon().post("/api/auth/passkey", json!({ "assertion": assertion })).await
    }

    /// Signs in with a passkey alone.
    pub async fn sign_in_by_passkey(&self, passkey: &mut SoftPasskey) -> Answer {
        let assertion = passkey.show(&self.sign_in_options().await).unwrap();
        self.send_assertion(&assertion).await
    }

    /// The second step with what a passkey signed.
    pub async fn second_step_by_passkey(&self, mfa_token: &str, assertion: &Value) -> Answer {
        self.anon().post("/api/auth/token/mfa", json!({ "mfa_token": mfa_token, "passkey": assertion })).await
    }
}
