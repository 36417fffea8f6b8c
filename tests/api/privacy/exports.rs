//! Exports: what is in them, and the link that leads to them.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use jiff::SignedDuration;
use latchkey_identity::registry;
use latchkey_kernel::personal_data::PersonalData;
use latchkey_tests::{CLIENT_ID, Person, TestApp, ada_at_google};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ADA, REQUESTS, ask, days, export, follow};
use crate::names::{audited, items};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn an_export_has_every_file_that_the_domains_describe_and_says_what_each_is() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let (name, files) = export(&app, &ada).await;
    let id = ada.answer["user"]["id"].as_str().unwrap();
    assert_eq!(name, format!("user_data_export_{id}_20260302_093000.zip"));
    let described: BTreeSet<_> =
        registry::personal_data().flat_map(PersonalData::files).map(|file| file.name).collect();
    let mut found: BTreeSet<_> = files.keys().map(String::as_str).collect();
    assert!(found.remove("export_info.json"));
    assert_eq!(found, described);

    let info = parsed(&files["export_info.json"]);
    assert_eq!((&info["format_version"], &info["export_date"]), (&json!("2.0"), &json!(app.now())));
    assert_eq!(info["request_id"], items(&app, "DataRequest")[0]["id"]["S"]);
    for told in info["files"].as_array().unwrap() {
        let content = &files[told["name"].as_str().unwrap()];
        assert_eq!(told["bytes"], content.len());
        let digest = Sha256::digest(content).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(told["sha256"], digest, "{}", told["name"]);
        let records = match told["name"].as_str().unwrap().rsplit_once('.').unwrap().1 {
            "csv" => content.lines().count() - 1,
            "jsonl" => content.lines().inspect(|line| drop(parsed(line))).count(),
            _ => parsed(content).as_array().map_or(1, Vec::len),
        };
        assert_eq!(told["records"], records, "{}", told["name"]);
    }
}

#[tokio::test]
async fn an_export_says_the_truth_and_no_secret() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_secs(1));
    ada.calling(&app).patch("/api/auth/me", json!({ "username": "ada" })).await.success();
    let profile = json!({ "phone": "+49 170 1234567", "bank_account": "DE02", "marketing_consent": true });
    ada.calling(&app).patch("/api/auth/profile", profile).await.success();
    let authenticator = app.enrol_totp(&ada).await;
    let ada = app.sign_in_with(ADA, &authenticator).await;
    app.advance(SignedDuration::from_secs(1));
    let (name, files) = export(&app, &ada).await;
    assert!(name.starts_with("user_data_export_ada_2026"), "{name}");

    let user = parsed(&files["user_info.json"]);
    assert_eq!((&user["email"], &user["username"]), (&json!(ADA), &json!("ada")));
    assert_eq!((&user["date_joined"], &user["login_count"]), (&user["created_at"], &json!(2)));
    let profile = parsed(&files["profile.json"]);
    assert_eq!((&profile["phone"], &profile["bank_account"]), (&json!("+49 170 1234567"), &json!("DE02")));
    assert_eq!(profile["marketing_consent"], true);
    let factors = parsed(&files["second_factors.json"]);
    assert_eq!(factors["factors"][0]["factor"], "totp");
    assert_eq!(files["sessions.csv"].lines().count(), 3);
    assert!(files["sessions.csv"].contains("203.0.113.9") && files["sessions.csv"].contains("Firefox on Linux"));
    assert!(files["consent_history.csv"].contains("marketing_mail,yes,"), "{}", files["consent_history.csv"]);
    let log: Vec<Value> = files["audit_logs.jsonl"].lines().map(parsed).collect();
    assert_eq!(log[0]["created_at"], "2026-03-02T09:30:00.000Z");
    assert!(log.iter().take(3).any(|line| line["event_type"] == "ACCOUNT_CREATED"));
    assert_eq!(log.last().unwrap()["event_type"], "DATA_EXPORT_REQUESTED");
    assert!(log.windows(2).all(|two| two[0]["created_at"].as_str() <= two[1]["created_at"].as_str()), "oldest first");
    assert_eq!(parsed(files["data_requests.jsonl"].trim())["status"], "PROCESSING");

    let whole = json!(files).to_string();
    for secret in ["argon2", "digest", "ciphertext", "refresh", "sealed", "totp_secret"] {
        assert!(!whole.contains(secret), "{secret} is in the export");
    }
    for row in items(&app, "Session") {
        for name in ["refresh_digest", "device_digest", "end_link"] {
            let digest = row[name]["S"].as_str();
            assert!(digest.is_none_or(|digest| !whole.contains(digest)), "{name}");
        }
    }
}

#[tokio::test]
async fn passkeys_and_accounts_at_providers_are_told_without_what_proves_them() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let ada = app.new_account(ADA).await;
    app.has_providers();
    let token = app.providers.access_token(&ada_at_google(), CLIENT_ID);
    let connect = "/api/auth/social/accounts/google/connect";
    ada.calling(&app).post(connect, json!({ "access_token": token })).await.success();
    let ada = Person::of(app.sign_in(ADA).await.success());
    let mut passkey = app.enrol_passkey(&ada).await;
    app.run_workers().await;
    let ada = Person::of(app.sign_in_by_passkey(&mut passkey).await.success());
    let (_, files) = export(&app, &ada).await;
    let social = parsed(&files["social_accounts.json"]);
    assert_eq!((&social[0]["provider"], &social[0]["uid"]), (&json!("google"), &json!("1100")));
    assert_eq!(social.as_array().unwrap().len(), 1);
    let factors = parsed(&files["second_factors.json"]);
    let passkey = &items(&app, "Passkey")[0];
    assert_eq!(factors["passkeys"][0]["id"], passkey["id"]["S"]);
    let whole = json!(files).to_string();
    for row in items(&app, "SocialClaim") {
        assert!(!whole.contains(row["pk"]["S"].as_str().unwrap().rsplit('#').next().unwrap()));
    }
    assert!(!whole.contains("public_key") && !whole.contains(&token));
}

#[tokio::test]
async fn what_others_would_run_in_a_spreadsheet_is_text() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    let body =
        json!({ "login": ADA, "password": latchkey_tests::PASSWORD, "device_name": "=HYPERLINK(\"//evil.example\")" });
    let agent = app.anon().without("user-agent").with("user-agent", "  @SUM(1+1)*cmd|' /C calc'!A0");
    let ada = Person::of(agent.post("/api/auth/token", body).await.success());
    let (_, files) = export(&app, &ada).await;
    let sessions = &files["sessions.csv"];
    assert!(sessions.contains("\"'=HYPERLINK(\"\"//evil.example\"\")\""), "{sessions}");
    assert!(sessions.contains("'@SUM") || sessions.contains("'  @SUM"), "{sessions}");
}

#[tokio::test]
async fn every_consent_is_kept_with_when_and_from_where() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    for consent in [true, true, false, true] {
        app.advance(SignedDuration::from_secs(1));
        ada.calling(&app).patch("/api/auth/profile", json!({ "marketing_consent": consent })).await.success();
    }
    let (_, files) = export(&app, &ada).await;
    let rows: Vec<_> = files["consent_history.csv"].lines().skip(1).collect();
    assert_eq!(rows.len(), 3, "saying the same again changes nothing: {rows:?}");
    let given: Vec<_> = rows.iter().map(|row| row.split(',').nth(1).unwrap()).collect();
    assert_eq!(given, ["yes", "no", "yes"]);
    assert!(rows.iter().all(|row| row.contains(",profile,203.0.113.9,")), "{rows:?}");
}

#[tokio::test]
async fn consent_at_the_registration_is_kept_too() {
    let app = TestApp::new();
    let body = json!({ "email": ADA, "name": "Ada", "password": latchkey_tests::PASSWORD, "marketing_consent": true });
    let token = app.anon().post("/api/auth/register", body).await.text_of("registration_token");
    app.run_workers().await;
    let ada = Person::of(app.verify_email(&token, &app.code_to(ADA)).await.json());
    app.run_workers().await;
    let (_, files) = export(&app, &ada).await;
    assert!(files["consent_history.csv"].contains("marketing_mail,yes,2026-03-02T09:30:00.000Z,registration,"));
}

#[tokio::test]
async fn the_mail_that_an_export_is_ready() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    ask(&app, &ada, "EXPORT").await;
    app.run_workers().await;
    let mail = app.mail_to(ADA);
    let text = mail.text.replace(&app.link_to(ADA), "/LINK");
    assert_snapshot!(format!("{}\n\n{text}", mail.subject), @r"
    Your Acme data export is ready

    Hello Ada Lovelace,

    everything that we know of you is packed and can be downloaded here:

    https://id.example.com/LINK

    It is a ZIP file of 0.01 MB. The link is good until 9 March 2026, 09:30 UTC; after that the file is deleted. Whoever has this mail can download it, so do not pass it on.

    If you did not ask for it, change your password: somebody else may know it.

    Acme
    ");
}

#[tokio::test]
async fn the_link_is_good_as_often_as_it_is_followed_and_each_time_is_counted() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let (_, first) = export(&app, &ada).await;
    let link = app.link_to(ADA);
    for _ in 0..2 {
        assert_eq!(follow(&app, &link).await.1, first);
    }
    let export = &items(&app, "DataExport")[0];
    assert_eq!(export["downloads"]["N"], "3");
    assert_eq!(audited(&app, "DATA_EXPORT_DOWNLOADED").len(), 3);
    let token = link.rsplit_once('/').unwrap().1;
    assert!(!json!(app.engine.scan("MainTable")).to_string().contains(token), "only its digest is stored");
    let found = app.anon().get(&link).await;
    assert_eq!(found.header("cache-control"), "no-store");
    assert!(found.header("location").contains("X-Amz-Expires=300"), "{}", found.header("location"));
}

#[tokio::test]
async fn links_that_are_unknown_expired_or_erased_are_answered_alike() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    export(&app, &ada).await;
    let link = app.link_to(ADA);
    let (path, token) = link.rsplit_once('/').unwrap();
    let mut bent = token.to_owned();
    bent.replace_range(
        token.len() - 5..token.len() - 4,
        if token.as_bytes()[token.len() - 5] == b'A' { "B" } else { "A" },
    );
    let unknown = app.anon().get(&format!("{path}/{bent}")).await;
    let malformed = app.anon().get(&format!("{path}/x")).await;
    app.advance(days(7));
    let expired = app.anon().get(&link).await;
    app.clear_away().await.unwrap();
    let forgotten = app.anon().get(&link).await;
    let body = |answer: &latchkey_tests::Answer| {
        let mut body = answer.json();
        body.as_object_mut().unwrap().retain(|name, _| name != "request_id" && name != "instance");
        (answer.status, body)
    };
    assert_eq!(unknown.summary(), "404 not_found");
    for other in [&malformed, &expired, &forgotten] {
        assert_eq!(body(other), body(&unknown));
    }
}

#[tokio::test]
async fn a_stolen_session_without_a_fresh_password_gets_no_export_and_no_link() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.advance(SignedDuration::from_mins(10));
    let refused = ada.calling(&app).post(REQUESTS, json!({ "request_type": "EXPORT" })).await;
    assert_eq!(refused.summary(), "403 step_up_required");
    assert!(items(&app, "OutboxItem").is_empty());
}
