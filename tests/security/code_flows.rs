//! Asking for codes to somebody's account, and guessing at them: each request has its own code and its own tries.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_tests::{NEW_PASSWORD, PASSWORD, Person, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

/// One of the two ways in by a mailed code: where it is asked for, where it is confirmed, the token's field.
#[derive(Clone, Copy)]
struct Way {
    ask: &'static str,
    confirm: &'static str,
    token: &'static str,
}

const WAYS: [Way; 2] = [
    Way { ask: "/api/auth/password-reset", confirm: "/api/auth/password-reset/confirm", token: "reset_token" },
    Way { ask: "/api/auth/email-code", confirm: "/api/auth/email-code/confirm", token: "sign_in_token" },
];

impl Way {
    /// Asks from there; the token, and the code if one was mailed.
    async fn asked(self, app: &TestApp, from: &str, email: &str) -> (String, Option<String>) {
        let before = app.inbox.mails(Some(email)).len();
        let token = app.anon().from(from).post(self.ask, json!({ "email": email })).await.text_of(self.token);
        app.run_workers().await;
        let code = (app.inbox.mails(Some(email)).len() > before).then(|| app.code_to(email));
        (token, code)
    }

    async fn confirmed(self, app: &TestApp, from: &str, token: &str, code: &str) -> String {
        let mut body = json!({ self.token: token, "code": code });
        if self.token == "reset_token" {
            body["new_password"] = json!(NEW_PASSWORD);
        }
        app.anon().from(from).post(self.confirm, body).await.summary()
    }
}

fn app() -> TestApp {
    TestApp::with_config(&[("EMAIL_CODE_SIGN_IN", "on"), ("RATE_CONFIRM", "1000/hour")])
}

/// A code that is not this one.
fn other(code: &str) -> &'static str {
    if code == "00000000" { "00000001" } else { "00000000" }
}

#[tokio::test]
async fn burning_the_tries_of_the_owners_code() {
    for way in WAYS {
        let (app, _) = app().with_account(ADA).await;
        let (hers, code) = way.asked(&app, "192.0.2.1", ADA).await;
        let code = code.unwrap();
        let (mine, _) = way.asked(&app, "198.51.100.1", ADA).await;
        for _ in 0..20 {
            assert_eq!(way.confirmed(&app, "198.51.100.1", &mine, other(&code)).await, "400 code_invalid");
        }
        // Her code is as good as before, and not with the stranger's token.
        assert_eq!(way.confirmed(&app, "198.51.100.1", &mine, &code).await, "400 code_invalid");
        assert_eq!(way.confirmed(&app, "192.0.2.1", &hers, &code).await, "200");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn voiding_the_owners_code_by_asking_for_others() {
    for way in WAYS {
        let (app, _) = app().with_account(ADA).await;
        let (hers, code) = way.asked(&app, "192.0.2.1", ADA).await;
        for n in 0..30 {
            way.asked(&app, &format!("198.51.{n}.1"), ADA).await;
        }
        app.advance(SignedDuration::from_secs(599));
        assert_eq!(way.confirmed(&app, "192.0.2.1", &hers, &code.unwrap()).await, "200");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn opening_one_request_with_the_code_of_another() {
    for way in WAYS {
        let (app, _) = app().with_account(ADA).await;
        let (first, first_code) = way.asked(&app, "192.0.2.1", ADA).await;
        let (second, second_code) = way.asked(&app, "192.0.2.1", ADA).await;
        let (first_code, second_code) = (first_code.unwrap(), second_code.unwrap());
        assert_eq!(way.confirmed(&app, "192.0.2.1", &first, &second_code).await, "400 code_invalid");
        assert_eq!(way.confirmed(&app, "192.0.2.1", &second, &first_code).await, "400 code_invalid");
        assert_eq!(way.confirmed(&app, "192.0.2.1", &first, &first_code).await, "200");
        app.run_workers().await;
        // What is confirmed ends the others.
        assert_eq!(way.confirmed(&app, "192.0.2.1", &second, &second_code).await, "400 code_invalid");
        assert_eq!(way.confirmed(&app, "192.0.2.1", &first, &first_code).await, "400 code_invalid");
    }
}

#[tokio::test]
async fn a_token_of_one_purpose_for_the_other_and_of_one_account_for_another() {
    let (app, _) = app().with_account(ADA).await;
    app.new_account("eve@example.com").await;
    let [reset, sign_in] = WAYS;
    let (reset_token, reset_code) = reset.asked(&app, "192.0.2.1", ADA).await;
    let (sign_in_token, sign_in_code) = sign_in.asked(&app, "192.0.2.1", ADA).await;
    let (eves, eves_code) = reset.asked(&app, "198.51.100.1", "eve@example.com").await;
    let (reset_code, sign_in_code) = (reset_code.unwrap(), sign_in_code.unwrap());
    for (way, token, code) in [
        (reset, sign_in_token.replace("lki_", "lkw_"), &sign_in_code),
        (sign_in, reset_token.replace("lkw_", "lki_"), &reset_code),
        (reset, reset_token.clone(), &sign_in_code),
        (sign_in, sign_in_token.clone(), &reset_code),
        (reset, eves.clone(), &reset_code),
        (reset, reset_token.clone(), &eves_code.unwrap()),
    ] {
        assert_eq!(way.confirmed(&app, "198.51.100.1", &token, code).await, "400 code_invalid");
    }
    assert_eq!(sign_in.confirmed(&app, "192.0.2.1", &sign_in_token, &sign_in_code).await, "200");
    assert_eq!(reset.confirmed(&app, "192.0.2.1", &reset_token, &reset_code).await, "200");
    app.run_workers().await;
}

#[tokio::test]
async fn fifty_guesses_at_once_at_each_of_three_requests() {
    for way in WAYS {
        let (app, _) = app().with_account(ADA).await;
        let mut flows = Vec::new();
        for from in ["192.0.2.1", "198.51.100.1", "203.0.113.1"] {
            let (token, code) = way.asked(&app, from, ADA).await;
            flows.push((token, code.unwrap()));
        }
        // Of the first, every guess but the last is wrong: not one of the fifty may be compared after five.
        for (token, code) in &flows[1..] {
            let wrong = (0..50).map(|_| way.confirmed(&app, "198.51.100.1", token, other(code)));
            assert!(join_all(wrong).await.iter().all(|answer| answer == "400 code_invalid"));
            assert_eq!(way.confirmed(&app, "192.0.2.1", token, code).await, "400 code_invalid", "five are used up");
        }
        let rows = app.engine.scan("EphemeralTable");
        let row = rows.iter().find(|row| row["entity"]["S"] == "CodeFlows").unwrap();
        assert_eq!(["tries_0", "tries_1", "tries_2"].map(|tries| row[tries]["N"].as_str().unwrap()), ["0", "5", "5"]);
        let (token, code) = &flows[0];
        let right = join_all((0..50).map(|_| way.confirmed(&app, "192.0.2.1", token, code))).await;
        assert_eq!(right.iter().filter(|answer| *answer == "200").count(), 1);
        assert!(right.iter().all(|answer| ["200", "400 code_invalid"].contains(&answer.as_str())), "{right:?}");
        app.run_workers().await;
    }
}

#[tokio::test]
async fn guessing_all_day_from_as_many_networks_as_one_likes() {
    for way in WAYS {
        let (app, _) = app().with_account(ADA).await;
        let mut compared = 0;
        for hour in 0..24 {
            for n in 0..4 {
                let (token, code) = way.asked(&app, &format!("198.{hour}.{n}.1"), ADA).await;
                let before = tries(&app);
                for _ in 0..6 {
                    let guess = other(code.as_deref().unwrap_or_default());
                    assert_eq!(way.confirmed(&app, "198.51.100.1", &token, guess).await, "400 code_invalid");
                }
                compared += tries(&app).saturating_sub(before);
            }
            app.advance(SignedDuration::from_mins(60));
        }
        assert!((48..=60).contains(&compared), "{}: {compared} guesses in a day", way.ask);
        app.run_workers().await;
    }
}

/// How many tries are counted at the flows that there are.
fn tries(app: &TestApp) -> usize {
    let rows = app.engine.scan("EphemeralTable");
    let counts = rows.iter().filter_map(Value::as_object).flatten().filter(|(name, _)| name.starts_with("tries_"));
    counts.map(|(_, count)| count["N"].as_str().unwrap().parse::<usize>().unwrap()).sum()
}

#[tokio::test]
async fn learning_from_a_token_whose_it_is() {
    let (app, _) = app().with_account(ADA).await;
    app.register("pending@example.com").await;
    app.run_workers().await;
    let bytes = |token: &str| URL_SAFE_NO_PAD.decode(&token[4..]).unwrap();
    for way in WAYS {
        let mut prefixes = BTreeSet::new();
        for email in [ADA, "pending@example.com", "nobody@example.com"] {
            for n in 0..3 {
                let (token, _) = way.asked(&app, &format!("198.51.{n}.1"), email).await;
                let token = bytes(&token);
                assert_eq!(token.len(), 17 + 32);
                prefixes.insert(token[..17].to_vec());
            }
        }
        assert_eq!(prefixes.len(), 9, "two tokens of one account have nothing in common");
    }
}

#[tokio::test]
async fn holding_on_to_codes_and_links_of_before() {
    let config = [("EMAIL_CODE_SIGN_IN", "on"), ("RATE_FACTOR", "100")];
    for end in ["password", "address", "reset", "deletion"] {
        let (app, ada) = TestApp::with_config(&config).with_account(ADA).await;
        let mut held = Vec::new();
        for way in WAYS {
            for _ in 0..3 {
                let (token, code) = way.asked(&app, "198.51.100.1", ADA).await;
                held.push((way, token, code.unwrap()));
            }
        }
        let link = app.inbox.mails(Some(ADA)).into_iter().find(|mail| mail.text.contains("/reset-password?")).unwrap();
        let link = link.text.lines().find_map(|line| line.split_once("/reset-password?")).unwrap().1.to_owned();
        match end {
            "password" => {
                let body = json!({ "current_password": PASSWORD, "new_password": "seven quiet lanterns drift" });
                assert_eq!(ada.calling(&app).post("/api/auth/password", body).await.status, 204);
            }
            "address" => app.change_email(&ada, "ada@example.org").await,
            "reset" => {
                app.ask_for_reset(ADA).await.success();
                app.run_workers().await;
                app.reset_password(ADA, &app.code_to(ADA), "seven quiet lanterns drift").await.success();
            }
            _ => {
                assert_eq!(ada.calling(&app).delete("/api/auth/me").await.status, 202);
                app.advance(SignedDuration::from_hours(14 * 24));
            }
        }
        app.run_workers().await;
        for (way, token, code) in held {
            let answer = way.confirmed(&app, "198.51.100.1", &token, &code).await;
            assert_eq!(answer, "400 code_invalid", "{} after {end}", way.ask);
        }
        let form = format!("{link}&new_password=purple+otters+juggle+nightly");
        assert_eq!(app.anon().post_form("/reset-password", &form).await.status, 400, "{end}");
        app.leave_mail_unsent();
    }
}

#[tokio::test]
async fn twenty_requests_at_once_lose_no_flow() {
    let app = TestApp::with_config(&[("EMAIL_CODE_SIGN_IN", "on"), ("RATE_FACTOR", "100")]);
    let _ = app.new_account(ADA).await;
    for way in WAYS {
        let asked = join_all((0..4).map(|n| {
            let caller = app.anon().from(&format!("198.51.{n}.1"));
            async move { caller.post(way.ask, json!({ "email": ADA })).await }
        }))
        .await;
        let tokens: Vec<String> = asked.iter().map(|answer| answer.text_of(way.token)).collect();
        app.run_workers().await;
        let codes: BTreeSet<String> = app.inbox.mails(Some(ADA)).into_iter().take(4).map(|mail| mail.subject).collect();
        assert_eq!((tokens.len(), codes.len()), (4, 4));
        // Each of them was written, and has tries of its own.
        for token in &tokens {
            assert_eq!(way.confirmed(&app, "192.0.2.1", token, "00000000").await, "400 code_invalid");
        }
        assert_eq!(tries(&app) % 4, 0);
    }
}

#[tokio::test]
async fn keeping_somebody_out_with_wrong_passwords_and_wrong_codes() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    let wrong = json!({ "login": ADA, "password": "not the password" });
    let guess = async || {
        for n in 0..8 {
            app.anon().from(&format!("198.51.100.{n}")).post("/api/auth/token", wrong.clone()).await;
        }
        app.run_workers().await;
    };
    guess().await;
    let right = json!({ "login": ADA, "password": PASSWORD });
    assert_eq!(app.anon().post("/api/auth/token", right).await.summary(), "429 rate_limited", "on a new device");
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let device = app.reset_password(ADA, &app.code_to(ADA), NEW_PASSWORD).await.text_of("device_token");
    // They never stop; the device is known and passes.
    guess().await;
    let new = json!({ "login": ADA, "password": NEW_PASSWORD });
    assert_eq!(app.anon().post("/api/auth/token", new.clone()).await.summary(), "429 rate_limited");
    let mut known = new;
    known["device_token"] = json!(device);
    let ada = Person::of(app.anon().post("/api/auth/token", known).await.success());
    ada.calling(&app).get("/api/auth/me").await.success();
    app.run_workers().await;
}

#[tokio::test]
async fn a_stolen_session_asking_for_codes_in_the_owners_place() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let thief = Person::of(app.sign_in(ADA).await.success());
    app.forget_password(&ada);
    let step_up = async |person: &Person, body: Value| {
        let answer = person.calling(&app).post("/api/auth/step-up", body).await.summary();
        app.run_workers().await;
        answer
    };
    assert_eq!(step_up(&ada, json!({ "method": "email" })).await, "202");
    let hers = app.code_to(ADA);
    assert_eq!(step_up(&thief, json!({ "method": "email" })).await, "202");
    for _ in 0..5 {
        assert_eq!(step_up(&thief, json!({ "code": other(&hers) })).await, "400 code_invalid");
    }
    assert_eq!(step_up(&thief, json!({ "code": hers })).await, "400 code_invalid", "it is not of this session");
    assert_eq!(step_up(&ada, json!({ "code": hers })).await, "204");
}
