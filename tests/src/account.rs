//! People with accounts, made the way people make them: register, read the mail, confirm.

use latchkey_identity::accounts::{self, TakeOverError};
use latchkey_kernel::dynamo::Update;
use latchkey_kernel::fault::Fault;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::TestApp;
use crate::caller::Caller;

/// The password of everybody in tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// The password that people choose next.
pub const NEW_PASSWORD: &str = "purple otters juggle nightly";

/// A person who has an account and is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The address.
    pub email: String,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The answer that signed the person in.
    pub answer: Value,
}

impl Person {
    /// The person of a token response.
    pub fn of(answer: Value) -> Self {
        let text = |field: &str| answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer}")).to_owned();
        let email = answer["user"]["email"].as_str().unwrap().to_owned();
        Self { email, access: text("access"), refresh: text("refresh"), answer }
    }

    /// The account's id.
    pub fn id(&self) -> &str {
        self.answer["user"]["id"].as_str().unwrap()
    }

    /// The person, calling.
    pub fn calling<'a>(&self, app: &'a TestApp) -> Caller<'a> {
        app.anon().bearing(&self.access)
    }
}

impl TestApp {
    /// The application, and a person with an account.
    pub async fn with_account(self, email: &str) -> (Self, Person) {
        let person = self.new_account(email).await;
        (self, person)
    }

    /// A person with a new account, signed in by confirming its registration.
    pub async fn new_account(&self, email: &str) -> Person {
        let token = self.register(email).await.text_of("registration_token");
        self.run_workers().await;
        let code = self.code_to(email);
        let person = Person::of(self.verify_email(&token, &code).await.success());
        let device = person.answer["device_token"].as_str().unwrap().to_owned();
        self.devices.lock().unwrap().insert(email.to_owned(), device);
        self.run_workers().await;
        person
    }

    /// Gives an account a password hash that another system made, as an import would.
    pub async fn import_password(&self, person: &Person, hash: &str) -> Result<(), TakeOverError> {
        let taken_over = self.app.passwords.take_over(hash).await?;
        let id = person.answer["user"]["id"].as_str().unwrap().parse().unwrap();
        let update = Update::of(accounts::keys::account(id))
            .set_structure(accounts::keys::ACCOUNT, "password", &taken_over)
            .unwrap();
        self.store().transaction::<Fault>().update(&update).commit().await.unwrap();
        Ok(())
    }

    /// Registers an address.
    pub async fn register(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "name": "Ada Lovelace", "password": PASSWORD });
        self.anon().post("/api/auth/register", body).await
    }

    /// Takes the password away, as if the account had come into being without one.
    pub fn forget_password(&self, person: &Person) {
        self.engine.remove_attribute(&format!("ACCOUNT#{}", person.id()), "ACCOUNT", "password");
    }

    /// Confirms a registration with its code.
    pub async fn verify_email(&self, registration_token: &str, code: &str) -> Answer {
        let body = json!({ "registration_token": registration_token, "code": code });
        self.anon().post("/api/auth/verify-email", body).await
    }

    /// What the device is known by on which an account came into being.
    pub fn device_of(&self, email: &str) -> String {
        self.devices.lock().unwrap()[email].clone()
    }

    /// Signs in with the password of everybody, on the device on which the account came into being: nobody is mailed.
    pub async fn sign_in(&self, login: &str) -> Answer {
        let device = self.devices.lock().unwrap().get(login).cloned();
        let body = json!({ "login": login, "password": PASSWORD, "device_token": device });
        self.anon().post("/api/auth/token", body).await
    }

    /// The same, on a device that is not known.
    pub async fn sign_in_elsewhere(&self, login: &str) -> Answer {
        self.anon().post("/api/auth/token", json!({ "login": login, "password": PASSWORD })).await
    }

    /// Asks for a new password, and remembers the token of the answer.
    pub async fn ask_for_reset(&self, email: &str) -> Answer {
        let answer = self.anon().post("/api/auth/password-reset", json!({ "email": email })).await;
        self.remember_flow("reset_token", email, &answer);
        answer
    }

    /// Sets a password with a mailed code and the token that was answered when the address was last asked for.
    pub async fn reset_password(&self, email: &str, code: &str, password: &str) -> Answer {
        self.reset_with(&self.reset_token(email), code, password).await
    }

    /// Sets a password with a mailed code and this token.
    pub async fn reset_with(&self, token: &str, code: &str, password: &str) -> Answer {
        let body = json!({ "reset_token": token, "code": code, "new_password": password });
        self.anon().post("/api/auth/password-reset/confirm", body).await
    }

    /// Sets a password with the newest link for that to an address: what follows once a change of address was undone.
    pub async fn reset_by_link(&self, email: &str, password: &str) -> Answer {
        let mails = self.inbox.mails(Some(email)).into_iter().map(|mail| mail.text);
        let link = mails.filter(|text| text.contains("/reset-password?")).map(|text| Self::link_in(&text)).next();
        let link = link.unwrap_or_else(|| panic!("no link for {email}")).split_once('?').unwrap().1.to_owned();
        let form = format!("{link}&new_password={}", password.replace(' ', "+"));
        self.anon().post_form("/reset-password", &form).await
    }

    /// The token that was answered when a new password for this address was last asked for; of an address without one, a
    /// token that opens nothing.
    pub fn reset_token(&self, email: &str) -> String {
        self.flow("reset_token", "lkw_", email)
    }

    /// Asks for a sign-in code, and remembers the token of the answer.
    pub async fn ask_for_sign_in_code(&self, email: &str) -> Answer {
        let answer = self.anon().post("/api/auth/email-code", json!({ "email": email })).await;
        self.remember_flow("sign_in_token", email, &answer);
        answer
    }

    /// Signs in with a mailed code and the token that was answered when the address was last asked for.
    pub async fn sign_in_by_code(&self, email: &str, code: &str) -> Answer {
        let body = json!({ "sign_in_token": self.sign_in_token(email), "code": code });
        self.anon().post("/api/auth/email-code/confirm", body).await
    }

    /// The token that was answered when a sign-in code for this address was last asked for; of an address without one, a
    /// token that opens nothing.
    pub fn sign_in_token(&self, email: &str) -> String {
        self.flow("sign_in_token", "lki_", email)
    }

    fn remember_flow(&self, kind: &'static str, email: &str, answer: &Answer) {
        if answer.status == 202 {
            self.flows.lock().unwrap().insert((kind, email.to_owned()), answer.text_of(kind));
        }
    }

    fn flow(&self, kind: &'static str, prefix: &str, email: &str) -> String {
        let known = self.flows.lock().unwrap().get(&(kind, email.to_owned())).cloned();
        known.unwrap_or_else(|| format!("{prefix}{}", "A".repeat(66)))
    }

    /// Refreshes with this token.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.anon().post("/api/auth/token/refresh", json!({ "refresh": token })).await
    }

    /// The code in the newest mail to an address, without its blank.
    pub fn code_to(&self, address: &str) -> String {
        let text = self.mail_to(address).text;
        let line = text.lines().map(str::trim).find(|line| is_code(line));
        line.unwrap_or_else(|| panic!("no code in {text}")).replace(' ', "")
    }

    /// The link in the newest mail to an address, without scheme and host.
    pub fn link_to(&self, address: &str) -> String {
        Self::link_in(&self.mail_to(address).text)
    }

    /// The link in the newest mail about a new device, without scheme and host.
    pub fn end_link_to(&self, address: &str) -> String {
        Self::link_in(&self.notice_to(address).text)
    }

    fn link_in(text: &str) -> String {
        let link = text.lines().find_map(|line| line.strip_prefix("https://id.example.com"));
        link.unwrap_or_else(|| panic!("no link in {text}")).to_owned()
    }

    /// The session that the person asks with, as the list of sessions shows it.
    pub async fn current_session(&self, person: &Person) -> Value {
        let listed = person.calling(self).get("/api/auth/sessions?limit=100").await.success();
        let current = listed["items"].as_array().unwrap().iter().find(|session| session["current"] == true);
        current.unwrap().clone()
    }
}

fn is_code(line: &str) -> bool {
    line.len() == 9
        && line.bytes().enumerate().all(|(at, byte)| if at == 4 { byte == b' ' } else { byte.is_ascii_digit() })
}
