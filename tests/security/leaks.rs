//! Secrets in logs, in metrics and at rest.

use jiff::SignedDuration;
use latchkey_kernel::telemetry::log_to;
use latchkey_tests::{
    ACME, CLIENT_ID, CLIENT_SECRET, Log, NEW_PASSWORD, PASSWORD, Person, TestApp, ada_at_acme, ada_at_facebook,
    ada_at_github, ada_at_google,
};
use serde_json::json;

/// What stands in a profile.
const BANK_ACCOUNT: &str = "GB33BUKB20201555555555";

const ADA: &str = "ada@example.com";

/// The token in a mailed link.
fn linked(link: &str) -> String {
    link.split_once("token=").unwrap().1.to_owned()
}

/// Resets the password, changes it back, and names what was secret on the way.
async fn new_passwords(app: &TestApp) -> Vec<String> {
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let (code, link) = (app.code_to(ADA), linked(&app.link_to(ADA)));
    app.anon().get(&format!("/reset-password?token={link}")).await;
    app.reset_password(ADA, &code, NEW_PASSWORD).await.success();
    let body = json!({ "login": ADA, "password": NEW_PASSWORD });
    let changing = Person::of(app.anon().post("/api/auth/token", body).await.success());
    let body = json!({ "current_password": NEW_PASSWORD, "new_password": PASSWORD });
    changing.calling(app).post("/api/auth/password", body).await.success();
    app.run_workers().await;
    vec![code, link]
}

/// Signs in on a new device, which is thrown out.
async fn a_new_device(app: &TestApp) -> Vec<String> {
    let new = Person::of(app.sign_in_elsewhere(ADA).await.success());
    app.run_workers().await;
    let device = new.answer["device_token"].as_str().unwrap().to_owned();
    let body = json!({ "login": ADA, "password": PASSWORD, "device_token": device });
    app.anon().post("/api/auth/token", body).await.success();
    let link = linked(&app.end_link_to(ADA));
    app.anon().get(&format!("/end-session?token={link}")).await;
    app.anon().post_form("/end-session", &format!("token={link}")).await;
    vec![device, link, new.access, new.refresh]
}

/// Enrols an authenticator app, signs in with it and with a recovery code, and removes it.
async fn second_factors(app: &TestApp) -> Vec<String> {
    let person = Person::of(app.sign_in(ADA).await.success());
    let authenticator = app.enrol_totp(&person).await;
    let signed_in = app.sign_in_with(ADA, &authenticator).await;
    let renewed = app.renew_recovery_codes(&signed_in).await;
    let token = app.first_step(ADA).await;
    app.second_step(&token, "000000").await;
    let last = Person::of(app.second_step_by_recovery_code(&token, &renewed[0]).await.success());
    app.disable_totp(&last, json!({ "recovery_code": renewed[1] })).await;
    app.run_workers().await;
    let codes = authenticator.recovery_codes.iter().chain(&renewed);
    let plain = codes.flat_map(|code| [code.clone(), code.replace('-', "")]);
    plain.chain([authenticator.secret.clone(), token, last.refresh]).collect()
}

/// Signs out, in again, and leaves for a moment.
async fn leaving(app: &TestApp) -> Vec<String> {
    let last = Person::of(app.sign_in(ADA).await.success());
    last.calling(app).post("/api/auth/logout", json!({})).await;
    let leaving = Person::of(app.sign_in(ADA).await.success());
    leaving.calling(app).patch("/api/auth/profile", json!({ "bank_account": BANK_ACCOUNT })).await.success();
    leaving.calling(app).delete("/api/auth/me").await.success();
    app.run_workers().await;
    let link = linked(&app.link_to(ADA));
    app.anon().get(&format!("/cancel-deletion?token={link}")).await;
    app.anon().post_form("/cancel-deletion", &format!("token={link}")).await;
    app.run_workers().await;
    vec![link, last.access, last.refresh]
}

/// Signs in with cookies, looks, refreshes and signs out.
async fn in_a_browser(app: &TestApp) -> Vec<String> {
    let browser = app.signed_in_browser(ADA).await;
    browser.get("/api/auth/me").await.success();
    let before = browser.csrf_token();
    browser.post("/api/auth/token/refresh", json!({})).await.success();
    let cookies = ["__Host-access", "__Host-refresh"].map(|name| browser.cookie(name).unwrap());
    browser.post("/api/auth/logout", json!({})).await.success();
    app.run_workers().await;
    cookies.into_iter().chain([before]).collect()
}

/// Somebody else changes the address and takes that back.
async fn another_address(app: &TestApp) -> Vec<String> {
    let bea = app.new_account("bea@example.com").await;
    app.change_email(&bea, "bea@example.org").await;
    let link = app.undo_link_to("bea@example.com");
    app.undo_email_change(&link).await;
    app.run_workers().await;
    vec![bea.access, bea.refresh]
}

/// Somebody without a password shows who they are with a mailed code.
async fn without_a_password(app: &TestApp) -> Vec<String> {
    let dan = app.new_account("dan@example.com").await;
    app.forget_password(&dan);
    dan.calling(app).post("/api/auth/step-up", json!({ "method": "email" })).await.success();
    app.run_workers().await;
    let code = app.code_to("dan@example.com");
    dan.calling(app).post("/api/auth/step-up", json!({ "code": code })).await.success();
    dan.calling(app).post("/api/auth/step-up", json!({ "code": code })).await;
    dan.calling(app).get("/api/auth/security-log").await.success();
    vec![code, dan.access, dan.refresh]
}

/// Comes by every provider, in both ways, with right tokens and wrong ones; and connects one.
async fn by_providers(app: &TestApp) -> Vec<String> {
    let kim = app.new_account_by("google", &ada_at_google()).await;
    app.try_every_provider(&[CLIENT_ID, "another-client"]).await;
    app.come_by("google", &ada_at_google()).await.success();
    for client in [CLIENT_ID, "another-client"] {
        let token = app.providers.id_token("acme", &ada_at_acme(), client, None);
        app.anon().post("/api/auth/social/acme", json!({ "id_token": token })).await;
    }
    let registration = app.come_by("facebook", &ada_at_facebook()).await.text_of("registration_token");
    let body = json!({ "registration_token": registration, "email": "lea@example.com" });
    app.anon().post("/api/oauth/exchange/email", body).await;
    app.run_workers().await;
    let code = app.code_to("lea@example.com");
    let lea = Person::of(app.verify_email(&registration, &code).await.success());
    let token = app.providers.access_token(&ada_at_github(), CLIENT_ID);
    let path = "/api/auth/social/accounts/github";
    kim.calling(app).post(&format!("{path}/connect"), json!({ "access_token": token })).await.success();
    kim.calling(app).post(&format!("{path}/disconnect"), json!({})).await.success();
    app.providers.answer(&format!("{ACME}/token"), 500, &json!({ "error": "a secret of the provider's" }));
    app.visit(&app.browser(), "acme", &ada_at_acme()).await;
    app.run_workers().await;
    let handed_out = app.providers.handed_out();
    assert!(handed_out.len() > 12);
    let ours = [CLIENT_SECRET.to_owned(), "a secret of the provider's".to_owned(), registration, code, lea.access];
    handed_out.into_iter().chain(ours).collect()
}

/// Fetches the database of places, with the right account and with one that is refused.
async fn places(app: &TestApp) -> Vec<String> {
    app.downloads.publish(&[("x/GeoLite2-City.mmdb", latchkey_tests::PLACES)], "1:licence_key_of_the_owner");
    for key in ["licence_key_of_the_owner", "licence_key_of_yesterday"] {
        app.has_maxmind_account("1", key);
        let _ = app.update_places().await;
    }
    // As it goes over the wire, too.
    ["licence_key_of", "MTpsaWNlbmNlX2tleV9vZl", "signature=permission"].map(str::to_owned).into()
}

#[tokio::test]
async fn no_secret_of_a_whole_journey_reaches_the_log_the_metrics_or_the_tables() {
    let log = Log::default();
    // For the whole process: what other tests log in the meantime may be scanned with it.
    tracing::subscriber::set_global_default(log_to(log.clone(), "info,latchkey=trace", None)).unwrap();

    let app = TestApp::with_providers_and(&[("RATE_FACTOR", "100")]);
    let mut secrets = vec![PASSWORD.to_owned(), NEW_PASSWORD.to_owned(), "a wrong guess".to_owned()];
    let registration = app.register(ADA).await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to(ADA);
    let link = linked(&app.link_to(ADA));
    app.anon().get(&format!("/confirm-email?token={link}")).await;
    app.anon().get(&format!("/nowhere/{link}?token={link}")).await;
    let ada = Person::of(app.verify_email(&registration, &code).await.success());
    app.run_workers().await;
    let next = Person::of(app.refresh(&ada.refresh).await.success());
    next.calling(&app).get("/api/auth/me").await;
    app.anon().post("/api/auth/token/verify", json!({ "token": next.refresh })).await;
    app.anon().post("/api/auth/token", json!({ "login": ADA, "password": "a wrong guess" })).await;
    app.advance(SignedDuration::from_mins(1));
    app.refresh(&ada.refresh).await;
    app.run_workers().await;
    secrets.extend(new_passwords(&app).await);
    secrets.extend(a_new_device(&app).await);
    secrets.extend(second_factors(&app).await);
    secrets.extend(leaving(&app).await);
    secrets.extend(in_a_browser(&app).await);
    secrets.extend(another_address(&app).await);
    secrets.extend(without_a_password(&app).await);
    secrets.extend(by_providers(&app).await);
    secrets.extend(places(&app).await);
    secrets.extend([registration, code, link, ada.access, ada.refresh, next.access, next.refresh]);

    let issued = app.issued();
    assert!(issued.len() > 40, "what was issued is found by its form: {issued:?}");
    assert!(secrets.iter().filter(|secret| secret.starts_with("lk")).all(|secret| issued.contains(secret)));
    secrets.extend(issued);

    let log = log.text();
    assert!(log.contains("request answered"), "the log was caught");
    let metrics = app.metrics();
    let stored = json!([app.engine.scan("MainTable"), app.engine.scan("EphemeralTable")]).to_string();
    for secret in &secrets {
        assert!(!log.contains(secret), "the log holds {secret}");
        assert!(!metrics.contains(secret), "a metric holds {secret}");
        assert!(!stored.contains(secret), "a table holds {secret}");
    }
    assert!(!log.contains(ADA), "the log names a person");
    assert!(!log.contains(BANK_ACCOUNT), "the log tells of a bank");
}
