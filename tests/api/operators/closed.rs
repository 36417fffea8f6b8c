//! A suspended account is closed to every way in. Each way is gone twice: to an account that is suspended just before the
//! last step, and to one that is not, so that a way that leads nowhere is noticed.

use jiff::SignedDuration;
use latchkey_tests::{Answer, CLIENT_ID, NEW_PASSWORD, PASSWORD, Person, TestApp, ada_at_google, answered, code_of};
use serde_json::json;

const GMAIL: &str = "ada@gmail.com";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Password,
    PasswordBeforeASecondFactor,
    SecondStep,
    RecoveryCode,
    PasskeyAsSecondStep,
    EnrolmentAtSignIn,
    Passkey,
    MailedCode,
    ProviderAndBack,
    ProviderAndBackBefore,
    ProviderDirectly,
    ProviderByAddress,
    ConnectingAProvider,
    Refresh,
    AccessToken,
    Cookies,
    VerifyAccessToken,
    VerifyRefreshToken,
    ResetByCode,
    ResetByLink,
    Export,
    ExportLink,
}

/// Every way, with what is answered at its end: to an account that is open, and to one that is suspended.
const WAYS: &[(Way, &str, &str)] = &[
    (Way::Password, "200", "403 suspended"),
    (Way::PasswordBeforeASecondFactor, "200", "403 suspended"),
    (Way::SecondStep, "200", "401 token_invalid"),
    (Way::RecoveryCode, "200", "401 token_invalid"),
    (Way::PasskeyAsSecondStep, "200", "401 token_invalid"),
    (Way::EnrolmentAtSignIn, "200", "401 token_invalid"),
    (Way::Passkey, "200", "403 suspended"),
    (Way::MailedCode, "200", "400 code_invalid"),
    (Way::ProviderAndBack, "200", "403 suspended"),
    (Way::ProviderAndBackBefore, "200", "403 suspended"),
    (Way::ProviderDirectly, "200", "403 suspended"),
    (Way::ProviderByAddress, "200", "403 suspended"),
    (Way::ConnectingAProvider, "connected", "oauth_callback"),
    (Way::Refresh, "200", "401 token_invalid"),
    (Way::AccessToken, "200", "401 token_invalid"),
    (Way::Cookies, "200", "401 token_invalid"),
    (Way::VerifyAccessToken, "200", "401 token_invalid"),
    (Way::VerifyRefreshToken, "200", "401 token_invalid"),
    (Way::ResetByCode, "reset", "400 code_invalid"),
    (Way::ResetByLink, "reset", "400"),
    (Way::Export, "201", "401 token_invalid"),
    (Way::ExportLink, "303", "404 not_found"),
];

/// Whether the account is suspended before the last step.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Suspended(bool);

impl Suspended {
    async fn now(self, app: &TestApp, person: &Person) {
        if self.0 {
            app.suspend(person).await;
        }
        app.run_workers().await;
    }
}

fn app(way: Way) -> TestApp {
    let everybody = [("RATE_FACTOR", "100"), ("EMAIL_CODE_SIGN_IN", "on"), ("MFA_REQUIRED", "everybody")];
    let changes = if way == Way::EnrolmentAtSignIn { &everybody[..] } else { &everybody[..2] };
    TestApp::with_providers_and(changes)
}

/// A password is reset, whatever a right answer looks like.
fn reset(answer: &Answer) -> String {
    let done = answer.status.is_success() || answer.status.is_redirection();
    if done { "reset".to_owned() } else { answer.summary() }
}

async fn go(way: Way, suspended: Suspended) -> String {
    let app = app(way);
    let answer = match way {
        Way::ProviderAndBack | Way::ProviderAndBackBefore | Way::ProviderDirectly | Way::ProviderByAddress => {
            return by_provider(&app, way, suspended).await.summary();
        }
        Way::EnrolmentAtSignIn => return enrolling(&app, suspended).await.summary(),
        Way::SecondStep | Way::RecoveryCode | Way::PasswordBeforeASecondFactor => {
            by_second_factor(&app, way, suspended).await
        }
        Way::Passkey | Way::PasskeyAsSecondStep => by_passkey(&app, way, suspended).await,
        Way::ResetByCode | Way::ResetByLink => {
            let answer = by_reset(&app, way, suspended).await;
            app.run_workers().await;
            return reset(&answer);
        }
        Way::MailedCode => by_mailed_code(&app, suspended).await,
        Way::ConnectingAProvider => return connecting(&app, suspended).await,
        _ => in_a_session(&app, way, suspended).await,
    };
    app.run_workers().await;
    answer.summary()
}

async fn in_a_session(app: &TestApp, way: Way, suspended: Suspended) -> Answer {
    let ada = app.new_account(super::ADA).await;
    let browser = app.browser();
    browser.sign_in(super::ADA).await.success();
    let asked = json!({ "request_type": "EXPORT" });
    let mut link = String::new();
    if way == Way::ExportLink {
        assert_eq!(ada.calling(app).post("/api/auth/data-requests", asked.clone()).await.status, 201);
        app.run_workers().await;
        link = app.link_to(super::ADA);
    }
    suspended.now(app, &ada).await;
    let verify = async |token: &str| app.anon().post("/api/auth/token/verify", json!({ "token": token })).await;
    match way {
        Way::Password => app.sign_in(super::ADA).await,
        Way::Refresh => app.refresh(&ada.refresh).await,
        Way::AccessToken => ada.calling(app).get("/api/auth/me").await,
        Way::Cookies => browser.get("/api/auth/me").await,
        Way::VerifyAccessToken => verify(&ada.access).await,
        Way::VerifyRefreshToken => verify(&ada.refresh).await,
        Way::Export => ada.calling(app).post("/api/auth/data-requests", asked).await,
        Way::ExportLink => app.anon().get(&link).await,
        other => panic!("{other:?} is another kind of way"),
    }
}

async fn by_second_factor(app: &TestApp, way: Way, suspended: Suspended) -> Answer {
    let ada = app.new_account(super::ADA).await;
    let authenticator = app.enrol_totp(&ada).await;
    let code = authenticator.next_code(app);
    let token = app.first_step(super::ADA).await;
    suspended.now(app, &ada).await;
    match way {
        Way::SecondStep => app.second_step(&token, &code).await,
        Way::RecoveryCode => app.second_step_by_recovery_code(&token, &authenticator.recovery_codes[0]).await,
        _ => app.sign_in(super::ADA).await,
    }
}

async fn by_passkey(app: &TestApp, way: Way, suspended: Suspended) -> Answer {
    let ada = app.new_account(super::ADA).await;
    let mut passkey = app.enrol_passkey(&ada).await;
    if way == Way::Passkey {
        let assertion = passkey.show(&app.sign_in_options().await).unwrap();
        suspended.now(app, &ada).await;
        return app.send_assertion(&assertion).await;
    }
    let token = app.first_step(super::ADA).await;
    let assertion = passkey.show(&app.second_step_options(&token).await).unwrap();
    suspended.now(app, &ada).await;
    app.second_step_by_passkey(&token, &assertion).await
}

/// Where everybody must have a second factor: a registration, and a sign-in, end in a token to enrol one with.
async fn enrolling(app: &TestApp, suspended: Suspended) -> Answer {
    let token = app.register(super::ADA).await.text_of("registration_token");
    app.run_workers().await;
    let begun = app.verify_email(&token, &app.code_to(super::ADA)).await.success();
    let token = begun["mfa_token"].as_str().unwrap().to_owned();
    let body = json!({ "mfa_token": token });
    let secret = app.anon().post("/api/auth/mfa/totp", body).await.text_of("secret");
    if suspended.0 {
        app.suspend_account(super::of_kind(app, "Account")[0]["id"]["S"].as_str().unwrap()).await;
    }
    app.run_workers().await;
    let body = json!({ "mfa_token": token, "code": code_of(&secret, app.now().as_second()) });
    let answer = app.anon().post("/api/auth/mfa/totp/confirm", body).await;
    app.run_workers().await;
    answer
}

async fn by_mailed_code(app: &TestApp, suspended: Suspended) -> Answer {
    let ada = app.new_account(super::ADA).await;
    assert_eq!(app.ask_for_sign_in_code(super::ADA).await.status, 202);
    app.run_workers().await;
    let code = app.code_to(super::ADA);
    suspended.now(app, &ada).await;
    app.sign_in_by_code(super::ADA, &code).await
}

async fn by_reset(app: &TestApp, way: Way, suspended: Suspended) -> Answer {
    let ada = app.new_account(super::ADA).await;
    app.ask_for_reset(super::ADA).await.success();
    app.run_workers().await;
    let (code, link) = (app.code_to(super::ADA), app.link_to(super::ADA));
    suspended.now(app, &ada).await;
    if way == Way::ResetByCode {
        return app.reset_password(super::ADA, &code, NEW_PASSWORD).await;
    }
    let token = link.split_once("token=").unwrap().1;
    let form = format!("token={token}&new_password=purple+otters+juggle+nightly");
    app.anon().post_form("/reset-password", &form).await
}

async fn by_provider(app: &TestApp, way: Way, suspended: Suspended) -> Answer {
    let google = ada_at_google();
    let ada = if way == Way::ProviderByAddress {
        app.new_account(GMAIL).await
    } else {
        app.new_account_by("google", &google).await
    };
    let browser = app.browser();
    let before = if way == Way::ProviderAndBackBefore {
        answered(&app.visit(&browser, "google", &google).await, "exchange_code")
    } else {
        None
    };
    suspended.now(app, &ada).await;
    let answer = match way {
        Way::ProviderAndBack => app.come_by("google", &google).await,
        Way::ProviderAndBackBefore => app.exchange(&before.unwrap()).await,
        _ => {
            let token = app.providers.access_token(&google, CLIENT_ID);
            app.anon().post("/api/auth/social/google", json!({ "access_token": token })).await
        }
    };
    app.run_workers().await;
    answer
}

/// A browser that set out to connect a provider comes back.
async fn connecting(app: &TestApp, suspended: Suspended) -> String {
    let ada = app.new_account(super::ADA).await;
    let browser = app.browser();
    let body = json!({ "login": super::ADA, "password": PASSWORD, "cookie": true });
    browser.post("/api/auth/token", body).await.success();
    let begun = browser.post("/api/auth/social/accounts/google/connect", json!({})).await.success();
    let back = app.providers.allow(begun["authorize_url"].as_str().unwrap(), &ada_at_google());
    suspended.now(app, &ada).await;
    let answer = browser.get(&back).await;
    app.run_workers().await;
    let connected = answered(&answer, "connected").map(|_| "connected".to_owned());
    connected.or_else(|| answered(&answer, "error_code")).unwrap_or_else(|| answer.summary())
}

#[tokio::test]
async fn a_suspended_account_is_closed_to_every_way_in() {
    for (way, open, closed) in WAYS {
        assert_eq!(go(*way, Suspended(false)).await, *open, "{way:?} of an account that is open");
        assert_eq!(go(*way, Suspended(true)).await, *closed, "{way:?} of one that is suspended");
    }
}

#[tokio::test]
async fn what_would_let_nobody_in_is_answered_as_for_an_account_that_does_not_exist() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100"), ("EMAIL_CODE_SIGN_IN", "on")]);
    let ada = app.new_account(super::ADA).await;
    app.suspend(&ada).await;
    app.run_workers().await;
    // Until then the password is also compared with the registration's, as where one waits.
    app.advance(SignedDuration::from_hours(25));
    for (path, body) in [
        ("/api/auth/token", json!({ "login": "", "password": "wrong" })),
        ("/api/auth/password-reset", json!({ "email": "" })),
        ("/api/auth/email-code", json!({ "email": "" })),
        ("/api/auth/email-code/confirm", json!({ "sign_in_token": "", "code": "12345678" })),
        (
            "/api/auth/password-reset/confirm",
            json!({ "reset_token": "", "code": "12345678", "new_password": NEW_PASSWORD }),
        ),
        ("/api/auth/register", json!({ "email": "", "name": "Ada", "password": PASSWORD })),
    ] {
        let mut traces = Vec::new();
        for email in [super::ADA, "nobody@example.com"] {
            let mut body = body.clone();
            let field =
                ["login", "email", "sign_in_token", "reset_token"].into_iter().find(|field| body[*field].is_string());
            let field = field.unwrap();
            body[field] = json!(match field {
                "sign_in_token" => app.sign_in_token(email),
                "reset_token" => app.reset_token(email),
                _ => email.to_owned(),
            });
            app.engine.take_calls();
            let hashes = app.hashes();
            let answer = match path {
                "/api/auth/password-reset" => app.ask_for_reset(email).await,
                "/api/auth/email-code" => app.ask_for_sign_in_code(email).await,
                path => app.anon().post(path, body).await,
            };
            let calls = app.engine.take_calls().into_iter().map(|call| (call.operation, call.items, call.consistent));
            let mut calls: Vec<_> = calls.collect();
            calls.sort_unstable();
            traces.push(format!("{} {} {calls:?}", answer.summary(), app.hashes() - hashes));
            app.run_workers().await;
        }
        assert_eq!(traces[0], traces[1], "{path}");
    }
}
