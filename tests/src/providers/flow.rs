//! People at a provider: they allow what a page asks for, and are led back with a code.

use serde_json::{Value, json};

use super::openid::query;
use super::{CLIENT_ID, Play};
use crate::account::Person;
use crate::answer::Answer;
use crate::app::TestApp;
use crate::browser::Browser;

/// The page that people are led back to.
pub const BACK: &str = "https://app.example.com/welcome";

/// What a person allowed.
#[derive(Debug, Clone)]
pub struct Consent {
    pub(super) person: Value,
    pub(super) redirect_uri: String,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<String>,
}

/// What an address says that a browser was led to.
pub fn answered(answer: &Answer, field: &str) -> Option<String> {
    query(answer.header("location")).get(field).cloned()
}

impl Play {
    /// A person allows what the page at this address asks for; where the browser is led then, without scheme and host.
    pub fn allow(&self, authorize_url: &str, person: &Value) -> String {
        let asked = query(authorize_url);
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], CLIENT_ID);
        assert_eq!(asked["code_challenge_method"], "S256");
        let consent = Consent {
            person: person.clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            nonce: asked.get("nonce").cloned(),
            challenge: Some(asked["code_challenge"].clone()),
        };
        let code = self.code_for(consent);
        let target = asked["redirect_uri"].strip_prefix("https://id.example.com").expect("our own address");
        let issuer = if authorize_url.starts_with(super::ACME) { "&iss=https%3A%2F%2Flogin.acme.test" } else { "" };
        format!("{target}?code={code}&state={}{issuer}", asked["state"])
    }

    /// A code that a client got by itself, at a page of its own, without PKCE.
    pub fn code(&self, person: &Value, redirect_uri: &str) -> String {
        let consent =
            Consent { person: person.clone(), redirect_uri: redirect_uri.to_owned(), nonce: None, challenge: None };
        self.code_for(consent)
    }

    /// The same, of a client that sent a nonce and the challenge of a verifier.
    pub fn code_bound_to(
        &self,
        person: &Value,
        redirect_uri: &str,
        nonce: Option<&str>,
        challenge: Option<&str>,
    ) -> String {
        self.code_for(Consent {
            person: person.clone(),
            redirect_uri: redirect_uri.to_owned(),
            nonce: nonce.map(str::to_owned),
            challenge: challenge.map(str::to_owned),
        })
    }

    fn code_for(&self, consent: Consent) -> String {
        self.with(|inner| {
            let code = inner.secret("code");
            inner.consents.insert(code.clone(), consent);
            code
        })
    }

    /// An access token of this client.
    pub fn access_token(&self, person: &Value, client: &str) -> String {
        self.with(|inner| inner.access_token(person, client))
    }

    /// An `id_token` for this client: of Google, or of the other issuer.
    pub fn id_token(&self, provider: &str, person: &Value, client: &str, nonce: Option<&str>) -> String {
        let consent = Consent {
            person: person.clone(),
            redirect_uri: String::new(),
            nonce: nonce.map(str::to_owned),
            challenge: None,
        };
        self.with(|inner| inner.id_token(provider == "google", &consent, client))
    }
}

impl TestApp {
    /// An application with every provider, to which people may come back at [`BACK`].
    pub fn with_providers() -> Self {
        Self::with_providers_and(&[])
    }

    /// The same with these variables changed.
    pub fn with_providers_and(changes: &[(&str, &str)]) -> Self {
        let base = [("OAUTH_DEFAULT_REDIRECT", BACK), ("RATE_SOCIAL", "1000/min")];
        let all: Vec<_> = base.iter().chain(changes).copied().collect();
        let app = Self::with_config(&all);
        app.has_providers();
        app
    }

    /// A person visits a provider in this browser, and comes back: the answer of the callback.
    pub async fn visit(&self, browser: &Browser<'_>, provider: &str, person: &Value) -> Answer {
        let login = browser.get(&format!("/api/oauth/{provider}/login")).await;
        assert_eq!(login.status, 303, "{}", login.text);
        browser.get(&self.providers.allow(login.header("location"), person)).await
    }

    /// The same until the code is exchanged.
    pub async fn come_by(&self, provider: &str, person: &Value) -> Answer {
        let browser = self.browser();
        let back = self.visit(&browser, provider, person).await;
        let code = answered(&back, "exchange_code");
        let code = code.unwrap_or_else(|| panic!("{} leads to {}", back.status, back.header("location")));
        self.exchange(&code).await
    }

    /// Ada comes by every provider, in both ways: with access tokens of each of these clients.
    pub async fn try_every_provider(&self, clients: &[&str]) {
        for (provider, person) in ada_everywhere() {
            self.visit(&self.browser(), provider, &person).await;
            for client in clients {
                let token = self.providers.access_token(&person, client);
                self.anon().post(&format!("/api/auth/social/{provider}"), json!({ "access_token": token })).await;
            }
        }
    }

    /// Exchanges a code.
    pub async fn exchange(&self, code: &str) -> Answer {
        self.anon().post("/api/oauth/exchange", json!({ "exchange_code": code })).await
    }

    /// A person who has an account by a provider, with the mails sent.
    pub async fn new_account_by(&self, provider: &str, person: &Value) -> Person {
        let person = Person::of(self.come_by(provider, person).await.success());
        self.run_workers().await;
        person
    }
}

/// Ada at every provider, by its name.
pub fn ada_everywhere() -> [(&'static str, Value); 4] {
    [("google", ada_at_google()), ("github", ada_at_github()), ("facebook", ada_at_facebook()), ("acme", ada_at_acme())]
}

/// Ada, as Google tells of her.
pub fn ada_at_google() -> Value {
    json!({ "sub": "1100", "email": "ada@gmail.com", "email_verified": true, "name": "Ada Lovelace",
            "picture": "https://lh3.googleusercontent.com/a/ada" })
}

/// Ada, as GitHub tells of her.
pub fn ada_at_github() -> Value {
    json!({ "id": 42, "login": "ada", "name": "Ada Lovelace", "emails": [
        { "email": "old@example.com", "primary": false, "verified": true, "visibility": null },
        { "email": "ada@gmail.com", "primary": true, "verified": true, "visibility": "private" },
    ] })
}

/// Ada, as Facebook tells of her.
pub fn ada_at_facebook() -> Value {
    json!({ "id": "10223", "name": "Ada Lovelace", "first_name": "Ada", "last_name": "Lovelace", "email": "ada@gmail.com" })
}

/// Ada, as the other issuer tells of her.
pub fn ada_at_acme() -> Value {
    json!({ "sub": "auth0|ada", "email": "ada@gmail.com", "email_verified": true, "given_name": "Ada", "family_name": "Lovelace" })
}
