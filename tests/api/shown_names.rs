//! Names that others read, in mails above all: no link, no character that changes how the rest is read.

use latchkey_tests::{CLIENT_ID, PASSWORD, Person, TestApp, ada_at_github, ada_at_google};
use serde_json::json;

const ADA: &str = "ada@example.com";

/// What is no name, though it looks like one or makes the mail around it say something else.
const WRONG: [&str; 14] = [
    "Ada. Your account was used: keep it at https://evil.example",
    "Ada HTTP\u{ff1a}//evil.example",
    "www.evil.example",
    "WWW.evil.example Ada",
    "\u{ff57}\u{ff57}\u{ff57}\u{ff0e}evil.example",
    "Ada\u{202e}moc.elpmaxe",
    "Ada\u{2066}King",
    "A\u{200b}da",
    "Ada\u{61c}King",
    "Ada\u{feff}King",
    "Ada\u{ad}King",
    "Ada\u{e0041}King",
    "Ada\u{2028}King",
    "\u{3164}",
];

/// Names as people bear them.
const RIGHT: [&str; 8] = [
    "Ada King, Countess of Lovelace",
    "J.R.R. Tolkien",
    "Ravi s/o Kumar",
    "\u{639}\u{644}\u{6cc}\u{200c}\u{631}\u{636}\u{627}",
    "\u{915}\u{94d}\u{200d}\u{937}",
    "\u{8fbb}\u{e0100}",
    "Zoë \u{1f469}\u{200d}\u{1f4bb}",
    "O\u{2019}Brien \u{2013} Smith",
];

#[tokio::test]
async fn a_name_holds_no_link_and_nothing_that_turns_the_text_around() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let ada = app.new_account(ADA).await;
    for wrong in WRONG {
        let renamed = ada.calling(&app).patch("/api/auth/me", json!({ "name": wrong })).await;
        assert_eq!(renamed.details(), "422 validation_failed /name invalid", "{wrong:?}");
        let body = json!({ "email": "bea@example.com", "name": wrong, "password": PASSWORD });
        let registered = app.anon().post("/api/auth/register", body).await;
        assert_eq!(registered.details(), "422 validation_failed /name invalid", "{wrong:?}");
        let body = json!({ "login": ADA, "password": PASSWORD, "device_name": wrong });
        let signed_in = app.anon().post("/api/auth/token", body).await;
        assert_eq!(signed_in.details(), "422 validation_failed /device_name invalid", "{wrong:?}");
    }
    for right in RIGHT {
        let renamed = ada.calling(&app).patch("/api/auth/me", json!({ "name": right })).await.success();
        assert_eq!(renamed["name"], right);
    }
}

#[tokio::test]
async fn a_providers_name_is_cleaned_rather_than_refused() {
    for (told, kept) in [
        ("Ada\u{202e} \u{200b}King", "Ada King"),
        ("Ada https://evil.example/x King", "Ada King"),
        ("Ada\r\nKing\u{2028}Lovelace", "Ada King Lovelace"),
        ("Ada www.evil.example", "Ada"),
    ] {
        let app = TestApp::with_providers();
        let mut person = ada_at_google();
        person["name"] = json!(told);
        let token = app.providers.access_token(&person, CLIENT_ID);
        let body = json!({ "access_token": token });
        let ada = Person::of(app.anon().post("/api/auth/social/google", body).await.success());
        assert_eq!(ada.answer["user"]["name"], kept, "{told:?}");
        app.run_workers().await;
    }
    let app = TestApp::with_providers();
    let mut person = ada_at_github();
    person["name"] = json!("https://evil.example");
    let body = json!({ "access_token": app.providers.access_token(&person, CLIENT_ID) });
    let ada = Person::of(app.anon().post("/api/auth/social/github", body).await.success());
    assert_eq!(ada.answer["user"]["name"], "ada", "the next best that the provider tells");
    app.run_workers().await;
}

#[tokio::test]
async fn mails_greet_with_at_most_forty_letters_and_nothing_that_reads_as_a_link() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let ada = app.new_account(ADA).await;
    for (name, greeted) in [
        ("Ada King", "Ada King"),
        (&"x".repeat(255), &"x".repeat(40)),
        // Forty letters of four characters each: none is cut in two.
        (&"e\u{301}\u{323}\u{330}".repeat(50), &"e\u{301}\u{323}\u{330}".repeat(40)),
        (&"\u{1f469}\u{200d}\u{1f4bb}".repeat(50), &"\u{1f469}\u{200d}\u{1f4bb}".repeat(40)),
    ] {
        ada.calling(&app).patch("/api/auth/me", json!({ "name": name })).await.success();
        app.sign_in_elsewhere(ADA).await.success();
        app.run_workers().await;
        let mail = app.notice_to(ADA);
        assert!(mail.text.contains(&format!("Hello {greeted},\n")), "{}", mail.text);
        assert!(mail.html.contains(&format!("Hello {greeted},<")), "{}", mail.html);
    }
    // A name from before there was a rule.
    app.engine.set_text(
        &format!("ACCOUNT#{}", ada.id()),
        "ACCOUNT",
        "name",
        "Ada\u{202e}: see https://evil.example/keep",
    );
    app.sign_in_elsewhere(ADA).await.success();
    app.run_workers().await;
    let mail = app.notice_to(ADA);
    assert!(mail.text.contains("Hello Ada: see,\n"), "{}", mail.text);
    assert!(!mail.text.contains("evil") && !mail.html.contains("evil") && !mail.text.contains('\u{202e}'));
}
