//! Exports of others: links that are guessed, bent and put together, and what their answers tell.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use latchkey_tests::{Call, Person, TestApp};
use serde_json::json;

const ADA: &str = "ada@example.com";
const BEA: &str = "bea@example.com";
const REQUESTS: &str = "/api/auth/data-requests";
const LINK: &str = "/api/auth/data-export/download/";
const MANY: &[(&str, &str)] = &[("RATE_FACTOR", "1000")];

/// Somebody with an export: the person, and the bytes of the token that was mailed.
async fn exported(app: &TestApp, email: &str) -> (Person, Vec<u8>) {
    let person = app.new_account(email).await;
    let asked = person.calling(app).post(REQUESTS, json!({ "request_type": "EXPORT" })).await;
    assert_eq!(asked.status, 201);
    app.run_workers().await;
    let link = app.link_to(email);
    let token = link.strip_prefix(LINK).or_else(|| link.strip_prefix(&LINK[1..])).unwrap();
    (person, URL_SAFE_NO_PAD.decode(token.strip_prefix("lkz_").unwrap()).unwrap())
}

fn path(token: &[u8]) -> String {
    format!("{LINK}lkz_{}", URL_SAFE_NO_PAD.encode(token))
}

/// What an answer tells, and the requests to the store that it took.
async fn answer(app: &TestApp, path: &str) -> (u16, String, Vec<String>) {
    app.engine.take_calls();
    let answer = app.anon().get(path).await;
    let calls = app.engine.take_calls().iter().map(|call: &Call| call.operation.clone()).collect();
    let mut body = answer.json();
    body.as_object_mut().unwrap().retain(|name, _| name != "request_id" && name != "instance");
    (answer.status.as_u16(), body.to_string(), calls)
}

#[tokio::test]
async fn links_put_together_of_those_of_two_people_open_nothing_and_tell_nothing() {
    let app = TestApp::with_config(MANY);
    let (_, ada) = exported(&app, ADA).await;
    let (_, bea) = exported(&app, BEA).await;
    assert_eq!((ada.len(), bea.len()), (64, 64), "two ids and 256 random bits");
    let (account, request, secret) = (0..16, 16..32, 32..64);
    let mixed = [
        // Whose, which, and what proves it.
        [&ada[account.clone()], &ada[request.clone()], &bea[secret.clone()]].concat(),
        [&ada[account.clone()], &bea[request.clone()], &ada[secret.clone()]].concat(),
        [&bea[account.clone()], &ada[request.clone()], &ada[secret.clone()]].concat(),
        [&ada[account.clone()], &ada[request.clone()], &[0; 32][..]].concat(),
        [&[0; 16], &ada[request.clone()], &ada[secret.clone()]].concat(),
    ];
    // One that nothing is behind, neither account nor request.
    let nobodys = answer(&app, &path(&[7; 64])).await;
    assert_eq!(nobodys.0, 404);
    for token in mixed {
        let mut same = answer(&app, &path(&token)).await;
        same.2.sort_unstable();
        let mut expected = nobodys.clone();
        expected.2.sort_unstable();
        assert_eq!(same, expected);
    }
    // Every bit counts, and so does the form.
    for place in 0..64 {
        let mut bent = ada.clone();
        bent[place] ^= 1;
        assert_eq!(app.anon().get(&path(&bent)).await.summary(), "404 not_found", "byte {place}");
    }
    let whole = path(&ada);
    let plain = whole.strip_prefix(LINK).unwrap();
    for odd in [
        plain.to_uppercase(),
        plain.strip_prefix("lkz_").unwrap().to_owned(),
        format!("{plain}="),
        format!("{plain}A"),
        plain[..plain.len() - 1].to_owned(),
        format!("lkp_{}", &plain[4..]),
        "x".repeat(5000),
    ] {
        assert_eq!(app.anon().get(&format!("{LINK}{odd}")).await.summary(), "404 not_found", "{odd}");
    }
    assert_eq!(app.anon().get(&whole).await.status, 303);
}

#[tokio::test]
async fn a_link_asked_for_a_thousand_times_stops_at_the_limit_of_the_address() {
    let (app, _) = TestApp::new().with_account(BEA).await;
    let (_, ada) = exported(&app, ADA).await;
    let anon = app.anon();
    let guesses = join_all((0..60_u8).map(|guess| {
        let mut bent = ada.clone();
        bent[63] ^= guess + 1;
        let path = path(&bent);
        let anon = &anon;
        async move { anon.get(&path).await.status.as_u16() }
    }))
    .await;
    assert!(guesses.iter().all(|status| [404, 429].contains(status)));
    assert!(guesses.iter().filter(|status| **status == 404).count() <= 30, "thirty an hour");
    let limited = app.anon().get(&path(&ada)).await;
    assert_eq!(limited.summary(), "429 rate_limited", "the right one would not be told apart either");
}

#[tokio::test]
async fn a_username_makes_no_header_of_its_own() {
    let app = TestApp::with_config(MANY);
    let person = app.new_account(ADA).await;
    for (username, told) in [("a.d-a_1", Some("a.d-a_1")), ("Jürgen", None), ("Ωmega", None)] {
        person.calling(&app).patch("/api/auth/me", json!({ "username": username })).await.success();
        person.calling(&app).post(REQUESTS, json!({ "request_type": "EXPORT" })).await;
        app.run_workers().await;
        let found = app.anon().get(&app.link_to(ADA)).await;
        let address: http::Uri = found.header("location").parse().unwrap();
        let query: Vec<(String, String)> =
            form_urlencoded::parse(address.query().unwrap().as_bytes()).into_owned().collect();
        let disposition = &query.iter().find(|(name, _)| name == "response-content-disposition").unwrap().1;
        let whose = told.or(person.answer["user"]["id"].as_str()).unwrap();
        let named = disposition.strip_prefix("attachment; filename=\"user_data_export_").unwrap();
        assert_eq!(named, format!("{whose}_20260302_093000.zip\""));
        let signed: Vec<_> =
            query.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("resp")).collect();
        assert_eq!(
            signed,
            ["response-cache-control", "response-content-disposition", "response-content-type"],
            "what S3 answers with is signed, so nobody makes a page of it"
        );
    }
    for wrong in ["a\"; filename=\"x.exe", "a\r\nSet-Cookie: x", "../../x", "a;b"] {
        let refused = person.calling(&app).patch("/api/auth/me", json!({ "username": wrong })).await;
        assert_eq!(refused.status, 422, "{wrong}");
    }
}
