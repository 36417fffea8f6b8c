//! `/reset-password` and `/password-changed`

use latchkey_tests::TestApp;

const ADA: &str = "ada@example.com";
const STRONG: &str = "purple+otters+juggle+nightly";

async fn with_link() -> (TestApp, String) {
    let (app, _) = TestApp::new().with_account(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let link = app.link_to(ADA);
    (app, link.split_once("token=").unwrap().1.to_owned())
}

#[tokio::test]
async fn the_page_asks_for_a_password_and_leads_to_one_that_says_it_is_changed() {
    let (app, token) = with_link().await;
    let page = app.anon().get(&format!("/reset-password?token={token}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("autocomplete=\"new-password\"") && page.text.contains(&token), "{}", page.text);
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));
    let done = app.anon().post_form("/reset-password", &format!("token={token}&new_password={STRONG}")).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/password-changed"));
    // The mailbox was proven in this browser, so it is a known device from now on, and no session.
    assert!(done.header("set-cookie").starts_with("__Host-device=lkv_"), "{}", done.header("set-cookie"));
    assert_eq!(done.header("cache-control"), "no-store");
    let changed = app.anon().get("/password-changed").await;
    assert!(changed.status == 200 && changed.text.contains("sign in with the new password"), "{}", changed.text);
    app.run_workers().await;
}

#[tokio::test]
async fn a_weak_password_is_explained_and_leaves_the_link_good() {
    let (app, token) = with_link().await;
    for (weak, why) in [
        ("password123", "known from breaches"),
        ("a8!k", "at least 8 characters"),
        ("Ada+Lovelace", "error"),
        ("", "is needed"),
        ("a%00b", "control characters"),
    ] {
        let page = app.anon().post_form("/reset-password", &format!("token={token}&new_password={weak}")).await;
        assert_eq!(page.status, 422, "{weak}");
        assert!(page.text.contains("role=\"alert\"") && page.text.contains(why), "{weak}: {}", page.text);
        assert!(!page.text.contains("password123"), "what was typed is not shown");
    }
    let done = app.anon().post_form("/reset-password", &format!("token={token}&new_password={STRONG}")).await;
    assert_eq!(done.status, 303);
    app.run_workers().await;
}

#[tokio::test]
async fn spent_broken_and_foreign_links_say_what_to_do_next() {
    let (app, token) = with_link().await;
    let form = format!("token={token}&new_password={STRONG}");
    app.anon().post_form("/reset-password", &form).await;
    app.run_workers().await;
    let again = app.anon().post_form("/reset-password", &form).await;
    assert!(again.status == 400 && again.text.contains("sign in with it"), "{}", again.text);
    for target in ["/reset-password", "/reset-password?token=", "/reset-password?token=lkc_AAAA", "/reset-password?x=1"]
    {
        let page = app.anon().get(target).await;
        assert!(page.status == 400 && page.text.contains("ask for a new mail"), "{target}: {}", page.text);
    }
    for form in ["", "token=x", "token=x&new_password=y&extra=z"] {
        assert_eq!(app.anon().post_form("/reset-password", form).await.status, 400, "{form}");
    }
    assert_eq!(app.anon().post("/reset-password", serde_json::json!({})).await.status, 415);
    let script = app.anon().get("/reset-password?token=lkp_%22%3E%3Cscript%3E").await;
    assert!(script.status == 400 && !script.text.contains("<script"));
}

#[tokio::test]
async fn the_rule_of_passwords_is_told_before_the_first_refusal() {
    let (app, token) = with_link().await;
    let target = format!("/reset-password?token={token}");
    let page = app.anon().get(&target).await;
    let rule = r#"<p id="new_password-hint" class="hint">At least 8 characters, and not easy to guess."#;
    assert!(page.text.contains(rule) && page.text.contains("aria-describedby=\"new_password-hint"), "{}", page.text);
    let refused = app.anon().post_form("/reset-password", &format!("token={token}&new_password=a8!k")).await;
    assert!(refused.status == 422 && refused.text.contains(rule), "{}", refused.text);
    assert!(refused.text.contains("aria-describedby=\"new_password-hint new_password-error\""), "{}", refused.text);

    let app = TestApp::with_config(&[("PASSWORD_MIN_LENGTH_ALONE", "15")]);
    let (app, _) = app.with_account(ADA).await;
    app.ask_for_reset(ADA).await.success();
    app.run_workers().await;
    let strict = app.anon().get(&app.link_to(ADA)).await;
    assert!(
        strict.text.contains("At least 15 characters, or 8 if your account has a second factor"),
        "{}",
        strict.text
    );
}

#[tokio::test]
async fn a_password_manager_learns_whose_password_is_set() {
    let (app, token) = with_link().await;
    let field = r#"<input id="username" type="text" autocomplete="username" value="ada@example.com" readonly hidden>"#;
    let page = app.anon().get(&format!("/reset-password?token={token}")).await;
    assert!(page.text.contains(field), "{}", page.text);
    assert_eq!(page.text.matches("autofocus").count(), 1, "{}", page.text);
    for weak in ["password123", "a8!k", "", "a%00b"] {
        let form = format!("token={token}&new_password={weak}");
        let refused = app.anon().post_form("/reset-password", &form).await;
        assert!(refused.status == 422 && refused.text.contains(field), "{weak}: {}", refused.text);
    }
}
