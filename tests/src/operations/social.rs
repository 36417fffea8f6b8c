//! Signing in by a provider, and connecting one.
//!
//! Codes of providers are good more than once here, or no request could be made again.

use serde_json::{Value, json};

use super::By::{Anyone, User};
use super::{Facts, Operation, Reached, Ready, Variation, account};
use crate::app::TestApp;
use crate::providers::{BACK, CLIENT_ID, ada_at_acme, ada_at_github, ada_at_google, answered};

const LOGIN: &str = "/api/oauth/github/login?redirect_to=https%3A%2F%2Fapp.example.com%2Fwelcome";
const LOGIN_AT_ACME: &str = "/api/oauth/acme/login?redirect_to=https%3A%2F%2Fapp.example.com%2Fwelcome";
/// The address that Ada names where her provider tells none.
const NAMED: &str = "bea@example.com";
const CALLBACK: &str = "/api/oauth/github/callback";
const ACCOUNTS: &str = "/api/auth/social/accounts";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("oauth_login", Anyone, providers, |_| Ready::get(LOGIN)),
    Operation::new("oauth_callback", Anyone, allowed, |it| Ready::get(&format!("{CALLBACK}?{}", it.token))).with(&[
        Variation::new("a user who refuses", "303", |it| {
            let state = it.token.split('&').find(|part| part.starts_with("state=")).unwrap_or_default();
            Ready::get(&format!("{CALLBACK}?error=access_denied&{state}"))
        }),
        Variation::new("a provider of OpenID Connect", "303", |it| {
            Ready::get(&format!("/api/oauth/acme/callback?{}", it.token))
        })
        .on(allowed_at_acme),
    ]),
    Operation::new("exchange_oauth_code", Anyone, led_back, |it| {
        Ready::post("/api/oauth/exchange", &json!({ "exchange_code": it.token }))
    })
    .with(&[Variation::new("an account whose mailbox the provider gives out", "200", |it| {
        Ready::post("/api/oauth/exchange", &json!({ "exchange_code": it.token }))
    })
    .on(led_back_from_acme)]),
    Operation::new("sign_in_by_provider", Anyone, provider_token, |it| {
        Ready::post("/api/auth/social/github", &json!({ "access_token": it.token }))
    })
    .with(&[
        Variation::new("a token of OpenID Connect", "200", |it| {
            Ready::post("/api/auth/social/google", &json!({ "id_token": it.token }))
        })
        .on(id_token),
        Variation::new("an account that has the address", "409 account_not_linked", |it| {
            Ready::post("/api/auth/social/github", &json!({ "access_token": it.token }))
        })
        .on(account_with_the_address),
    ]),
    Operation::new("name_email", Anyone, without_address, name_email),
    Operation::new("social_accounts", User, account_beside_providers, |_| Ready::get(ACCOUNTS)),
    Operation::new("social_status", User, account_beside_providers, |_| Ready::get(&format!("{ACCOUNTS}/status"))),
    Operation::new("connect_provider", User, account_beside_providers, connect).with(&[Variation::new(
        "a visit of the browser",
        "200",
        |_| Ready::post(&format!("{ACCOUNTS}/acme/connect"), &json!({ "redirect_to": BACK })),
    )]),
    Operation::new("disconnect_provider", User, connected, |_| {
        Ready::post_nothing(&format!("{ACCOUNTS}/github/disconnect"))
    }),
];

fn name_email(it: &Facts) -> Ready {
    Ready::post("/api/oauth/exchange/email", &json!({ "registration_token": it.token, "email": NAMED }))
}

fn connect(it: &Facts) -> Ready {
    Ready::post(&format!("{ACCOUNTS}/github/connect"), &json!({ "access_token": it.token }))
}

/// The operator has every provider.
fn providers(app: &TestApp) -> Reached<'_> {
    app.has_providers();
    app.providers.let_codes_work_again();
    Box::pin(async { Facts::default() })
}

/// Ada visited the provider and allowed what it asked; the query with which it leads her back.
fn allowed(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        providers(app).await;
        let browser = app.browser();
        let target = app.providers.allow(browser.get(LOGIN).await.header("location"), &ada_at_github());
        let cookie = browser.cookie("__Host-oauth").map(|value| format!("__Host-oauth={value}"));
        let (_, query) = target.split_once('?').unwrap();
        Facts { token: query.to_owned(), cookie, ..Facts::default() }
    })
}

/// The callback led her to a page of the application, with a code.
fn led_back(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let facts = allowed(app).await;
        let back = Ready::get(&format!("{CALLBACK}?{}", facts.token)).with_cookie(facts.cookie.as_deref());
        let token = answered(&back.send(app).await, "exchange_code").unwrap();
        Facts { token, ..Facts::default() }
    })
}

/// An application on Ada's device got an access token of the provider.
fn provider_token(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        providers(app).await;
        Facts { token: app.providers.access_token(&ada_at_github(), CLIENT_ID), ..Facts::default() }
    })
}

/// Ada came by a provider that tells no email address.
fn without_address(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        providers(app).await;
        let person: Value = json!({ "id": "10223", "name": "Ada Lovelace" });
        let token = app.providers.access_token(&person, CLIENT_ID);
        let begun = app.anon().post("/api/auth/social/facebook", json!({ "access_token": token })).await;
        Facts { token: begun.text_of("registration_token"), ..Facts::default() }
    })
}

/// Ada has an account, and an access token of the provider.
fn account_beside_providers(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let Facts { token, .. } = provider_token(app).await;
        Facts { token, ..account(app).await }
    })
}

/// Ada connected the provider.
fn connected(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let facts = account_beside_providers(app).await;
        connect(&facts).bearing(Some(&facts.access)).send(app).await.success();
        app.run_workers().await;
        facts
    })
}

/// Ada visited a provider of OpenID Connect and allowed what it asked; the query with which it leads her back.
fn allowed_at_acme(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        providers(app).await;
        let browser = app.browser();
        let login = browser.get(LOGIN_AT_ACME).await;
        let target = app.providers.allow(login.header("location"), &ada_at_acme());
        let cookie = browser.cookie("__Host-oauth").map(|value| format!("__Host-oauth={value}"));
        Facts { token: target.split_once('?').unwrap().1.to_owned(), cookie, ..Facts::default() }
    })
}

/// An application on Ada's device got an `id_token` of Google.
fn id_token(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        providers(app).await;
        Facts { token: app.providers.id_token("google", &ada_at_google(), CLIENT_ID, None), ..Facts::default() }
    })
}

/// Ada has an account with the address that the provider tells.
fn account_with_the_address(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let facts = provider_token(app).await;
        app.new_account("ada@gmail.com").await;
        facts
    })
}

/// Kim has an account with an address of a domain for which the provider is authoritative, and was led back from there.
fn led_back_from_acme(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        providers(app).await;
        app.new_account("kim@acme.test").await;
        let kim = json!({ "sub": "kim", "email": "kim@acme.test", "email_verified": true, "name": "Kim" });
        let browser = app.browser();
        let login = browser.get(LOGIN_AT_ACME).await;
        let back = browser.get(&app.providers.allow(login.header("location"), &kim)).await;
        Facts { token: answered(&back, "exchange_code").unwrap(), ..Facts::default() }
    })
}

/// Ada came by a provider that tells no email address, named one, and was mailed a code to it.
pub(super) fn address_named(app: &TestApp) -> Reached<'_> {
    Box::pin(async {
        let facts = without_address(app).await;
        name_email(&facts).send(app).await.success();
        app.run_workers().await;
        Facts { code: app.code_to(NAMED), ..facts }
    })
}
