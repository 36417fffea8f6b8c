//! What people type and paste is read the way it was meant, by every endpoint that reads such a value.

use latchkey_tests::{EVERYTHING, JsonBody, NEW_PASSWORD, PASSWORD, Person, Ready, TestApp, code_of, json_bodies};
use serde_json::json;

const ADA: &str = "ada@example.com";
const BEA: &str = "bea@example.com";

/// The fields that hold what a user typed or pasted, besides free text.
const TYPED: [&str; 8] = ["code", "email", "login", "new_email", "phone", "recovery_code", "totp_code", "username"];

/// Ways in which a value arrives from a keyboard or a clipboard. Each is several at once: a parser that knew one of them
/// and not the others would fail.
fn ways(field: &str, value: &str) -> Vec<String> {
    let mut ways =
        vec![format!("\u{feff}\u{2066} {value}\u{2069}\t"), format!("\u{202a}\u{a0}{value}\u{202c}\u{200b}\r\n")];
    if ["code", "totp_code", "recovery_code"].contains(&field) {
        let wide = |c: char| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c };
        let mut letters: Vec<char> = value.chars().map(wide).collect();
        for (at, separator) in ['\u{a0}', '\u{2013}', '\u{2011}', '\u{2060}', '\u{30fc}', ' '].into_iter().enumerate() {
            letters.insert(2 * at + 1, separator);
        }
        ways.push(letters.into_iter().collect());
    }
    if ["code", "totp_code"].contains(&field) {
        let zeros = ['\u{660}', '\u{6f0}', '\u{966}', '\u{be6}', '\u{1d7ce}', '\u{1d7f6}', '\u{ff10}', '0'];
        let digits = value.chars().zip(zeros);
        let digit = |(c, zero): (char, char)| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap();
        ways.push(digits.map(digit).collect());
    }
    if field == "phone" {
        ways.push(format!("\u{202a}{}\u{202c}", value.replace(' ', "\u{2009}").replace('4', "\u{ff14}")));
    }
    if field == "username" {
        ways.push("\u{ff2a}u\u{308}rgen".to_owned());
    }
    ways
}

/// The operations that take JSON with one of these fields, as the document names them.
fn fields() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (operation, JsonBody { required, optional }) in json_bodies() {
        let properties: Vec<_> = required.into_iter().chain(optional).collect();
        let has = |field: &str| properties.iter().any(|known| known == field);
        // The code of a provider is no text that a user types.
        let typed = TYPED.iter().filter(|field| has(field) && (**field != "code" || !has("id_token")));
        found.extend(typed.map(|field| (operation.clone(), (*field).to_owned())));
    }
    found
}

/// A request that would succeed and has this field.
async fn ready_with(operation: &str, field: &str) -> (TestApp, Ready) {
    let (app, ready) = TestApp::ready_for(operation).await;
    let ready = with_field(&app, ready, operation, field).await;
    (app, ready)
}

/// The same request, made in a way that has this field.
async fn with_field(app: &TestApp, ready: Ready, operation: &str, field: &str) -> Ready {
    match (operation, field) {
        ("sign_in", "email") => ready.with_json(&json!({ "email": ADA, "password": PASSWORD })),
        ("sign_in", "username") => {
            let ada = Person::of(app.sign_in(ADA).await.success());
            ada.calling(app).patch("/api/auth/me", json!({ "username": "Jürgen" })).await.success();
            ready.with_json(&json!({ "username": "jürgen", "password": PASSWORD }))
        }
        ("verify_email", "username") => {
            let mut body = ready.json_body().unwrap();
            body["username"] = json!("Jürgen");
            ready.with_json(&body)
        }
        ("second_step" | "disable_totp", "recovery_code") => {
            let bea = app.new_account(BEA).await;
            let code = &app.enrol_totp(&bea).await.recovery_codes[0];
            if operation == "disable_totp" {
                return ready
                    .bearing(Some(&bea.access))
                    .with_json(&json!({ "password": PASSWORD, "recovery_code": code }));
            }
            let token = app.first_step(BEA).await;
            ready.with_json(&json!({ "mfa_token": token, "recovery_code": code }))
        }
        ("step_up", "totp_code" | "recovery_code") => {
            let bea = app.new_account(BEA).await;
            let authenticator = app.enrol_totp(&bea).await;
            let code = code_of(&authenticator.secret, app.now().as_second() + 30);
            let shown = if field == "totp_code" { &code } else { &authenticator.recovery_codes[0] };
            ready.bearing(Some(&bea.access)).with_json(&json!({ field: shown }))
        }
        ("step_up", "code") => {
            app.forget_password(&Person::of(app.sign_in(ADA).await.success()));
            ready.with_json(&json!({ "method": "email" })).send(app).await.success();
            app.run_workers().await;
            ready.with_json(&json!({ "code": app.code_to(ADA) }))
        }
        _ => ready,
    }
}

#[tokio::test]
async fn what_a_user_typed_is_read_alike_by_every_endpoint() {
    let mut refused = Vec::new();
    for (operation, field) in fields() {
        for number in 0.. {
            let (app, ready) = ready_with(&operation, &field).await;
            app.leave_mail_unsent();
            let mut body = ready.json_body().unwrap();
            let value = body[&field].as_str().unwrap_or_else(|| panic!("{operation} has no request with {field}"));
            let Some(way) = ways(&field, value).into_iter().nth(number) else { break };
            body[&field] = json!(way);
            let answer = ready.with_json(&body).send(&app).await;
            if !answer.status.is_success() {
                refused.push(format!("{operation} {field} {way:?}: {}", answer.details()));
            }
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n"));
}

#[tokio::test]
async fn what_was_typed_is_kept_without_what_was_pasted_along() {
    let (app, ada) = TestApp::with_config(EVERYTHING).with_account(ADA).await;
    let caller = ada.calling(&app);
    let profile = caller.patch("/api/auth/profile", json!({ "phone": "\u{202a}+49\u{a0}170 1234567\u{202c}" })).await;
    assert_eq!(profile.success()["phone"], "+49 170 1234567");
    let names = json!({ "name": "\u{feff}Ada\u{200b}", "username": "Ju\u{308}rgen\u{200e}" });
    let renamed = caller.patch("/api/auth/me", names).await.success();
    assert_eq!((&renamed["name"], &renamed["username"]), (&json!("Ada"), &json!("Jürgen")));
    app.register("bea@example.com\u{200b}\t").await.success();
    app.run_workers().await;
    assert_eq!(app.inbox.mails(Some(BEA)).len(), 1);
}

#[tokio::test]
async fn what_stands_inside_a_value_is_not_dropped_where_it_makes_another_value() {
    let (app, _) = TestApp::with_config(EVERYTHING).with_account(ADA).await;
    app.leave_mail_unsent();
    for login in ["a\u{200b}da@example.com", "ada\u{feff}@example.com", "ada @example.com"] {
        let body = json!({ "login": login, "password": PASSWORD });
        assert_eq!(app.anon().post("/api/auth/token", body).await.summary(), "401 invalid_credentials", "{login:?}");
        let asked = app.anon().post("/api/auth/password-reset", json!({ "email": login })).await;
        assert_eq!(asked.details(), "422 validation_failed /email invalid", "{login:?}");
    }
    for password in [format!("{PASSWORD} "), format!("\u{200b}{PASSWORD}"), NEW_PASSWORD.to_owned()] {
        let body = json!({ "login": ADA, "password": password });
        assert_eq!(app.anon().post("/api/auth/token", body).await.summary(), "401 invalid_credentials", "{password:?}");
    }
}

#[tokio::test]
async fn encoded_words_and_routes_are_no_addresses() {
    let (app, ada) = TestApp::with_config(EVERYTHING).with_account(ADA).await;
    for wrong in [
        "=?utf-8?q?ada?=@example.com",
        "=?utf-8?b?YWRh?=@example.com",
        "x=?utf-8?q?ada?=@example.com",
        "ada=3d?=@example.com",
        "ada%example.org@example.com",
        "example.org!ada@example.com",
    ] {
        let body = json!({ "email": wrong, "name": "Ada", "password": PASSWORD });
        let answer = app.anon().post("/api/auth/register", body).await;
        assert_eq!(answer.details(), "422 validation_failed /email invalid", "{wrong}");
        let body = json!({ "new_email": wrong, "current_password": PASSWORD });
        let answer = ada.calling(&app).post("/api/auth/email-change", body).await;
        assert_eq!(answer.details(), "422 validation_failed /new_email invalid", "{wrong}");
    }
    for right in ["o'brien+x=y@example.com", "bounces=ada@example.com", "a?b=c@example.com"] {
        app.register(right).await.success();
    }
    app.run_workers().await;
}

#[tokio::test]
async fn usernames_of_every_script_are_taken_and_found() {
    let (app, ada) = TestApp::with_config(EVERYTHING).with_account(ADA).await;
    for username in ["हिन्दी", "தமிழ்", "ราชินี", "ＡＤＡ９", "Ju\u{308}rgen", "Đặng"]
    {
        ada.calling(&app).patch("/api/auth/me", json!({ "username": username })).await.success();
        assert_eq!(app.sign_in_elsewhere(username).await.status, 200, "{username}");
    }
    for wrong in ["\u{94d}ab", "x\u{301}\u{301}\u{301}\u{301}b", "a\u{200d}b", "क\u{200c}ष", "_ab", "ﬁona"] {
        let answer = ada.calling(&app).patch("/api/auth/me", json!({ "username": wrong })).await;
        assert_eq!(answer.details(), "422 validation_failed /username invalid", "{wrong:?}");
    }
}

#[tokio::test]
async fn usernames_that_promise_authority_are_reserved() {
    let app = TestApp::with_config(&[EVERYTHING, &[("RESERVED_USERNAMES", "Globex, billing.desk")]].concat());
    let ada = app.new_account(ADA).await;
    for reserved in ["admin", "Root", "SUPPORT", "ad_min", "postmaster", "acme", "globex", "billing_desk", "ＡＤＭＩＮ"]
    {
        let renamed = ada.calling(&app).patch("/api/auth/me", json!({ "username": reserved })).await;
        assert_eq!(renamed.summary(), "409 username_taken", "{reserved}");
        let body = json!({ "email": BEA, "name": "Bea", "password": PASSWORD, "username": reserved });
        assert_eq!(app.anon().post("/api/auth/register", body).await.summary(), "409 username_taken", "{reserved}");
    }
    let token = app.register(BEA).await.text_of("registration_token");
    app.run_workers().await;
    let code = app.code_to(BEA);
    let body = |username: &str| json!({ "registration_token": token, "code": code, "username": username });
    assert_eq!(app.anon().post("/api/auth/verify-email", body("admin")).await.summary(), "409 username_taken");
    assert_eq!(app.anon().post("/api/auth/verify-email", body("badminton")).await.status, 201, "the code stays good");
    app.run_workers().await;
}

#[tokio::test]
async fn an_address_that_was_typed_in_capitals_can_be_corrected() {
    let app = TestApp::with_config(EVERYTHING);
    let ada = app.new_account("ADA@EXAMPLE.COM").await;
    assert_eq!(app.ask_for_email(&ada, ADA).await.status, 202);
    app.run_workers().await;
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.success()["email"], "ADA@EXAMPLE.COM", "proven first");
    let code = app.code_to(ADA);
    let confirmed = ada.calling(&app).post("/api/auth/email-change/confirm", json!({ "code": code })).await;
    assert_eq!(confirmed.success()["email"], ADA);
    app.run_workers().await;
    assert_eq!(app.sign_in_elsewhere(ADA).await.success()["user"]["email"], ADA);
    assert_eq!(app.ask_for_email(&ada, ADA).await.details(), "422 validation_failed /new_email same");
    app.register("Ada@Example.com").await.success();
    app.run_workers().await;
    assert!(app.mail_to(ADA).subject.starts_with("Your "), "the address stays claimed: {}", app.mail_to(ADA).subject);
}
