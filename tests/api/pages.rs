//! The function `pages`.

use futures_util::future::join_all;
use latchkey_tests::TestApp;

const RIGHT: &str = "correct+horse+battery+staple";

async fn registered(app: &TestApp) -> String {
    app.register("ada@example.com").await;
    app.run_workers().await;
    app.link_to("ada@example.com").split_once("token=").unwrap().1.to_owned()
}

#[tokio::test]
async fn looking_at_the_page_spends_nothing() {
    let app = TestApp::new();
    let token = registered(&app).await;
    for _ in 0..3 {
        let page = app.anon().get(&format!("/confirm-email?token={token}")).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("style-src 'sha256-"), "{policy}");
    }
    let done = app.anon().post_form("/confirm-email", &format!("token={token}&password={RIGHT}")).await;
    assert_eq!(done.status, 303);
    app.run_workers().await;
}

#[tokio::test]
async fn confirming_signs_nobody_in() {
    let app = TestApp::new();
    let token = registered(&app).await;
    let done = app.anon().post_form("/confirm-email", &format!("token={token}&password={RIGHT}")).await;
    assert_eq!(done.header("set-cookie"), "");
    app.run_workers().await;
    let sessions = app.engine.scan("MainTable").into_iter().filter(|item| item["entity"]["S"] == "Session").count();
    assert_eq!(sessions, 0);
}

#[tokio::test]
async fn a_wrong_password_leaves_the_link_good_until_its_tries_are_used_up() {
    let app = TestApp::new();
    let token = registered(&app).await;
    let wrong = app.anon().post_form("/confirm-email", &format!("token={token}&password=wrong")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("role=\"alert\""), "{}", wrong.text);
    for _ in 0..9 {
        app.anon().post_form("/confirm-email", &format!("token={token}&password=wrong")).await;
    }
    let late = app.anon().post_form("/confirm-email", &format!("token={token}&password={RIGHT}")).await;
    assert_eq!(late.status, 400);
}

#[tokio::test]
async fn a_link_works_once_even_when_twenty_requests_race() {
    let app = TestApp::new();
    let token = registered(&app).await;
    let form = format!("token={token}&password={RIGHT}");
    let caller = app.anon();
    let answers = join_all((0..20).map(|_| caller.post_form("/confirm-email", &form))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    app.run_workers().await;
    let again = app.anon().post_form("/confirm-email", &form).await;
    assert_eq!(again.status, 400);
    assert!(again.text.contains("not valid any more"), "{}", again.text);
}

#[tokio::test]
async fn broken_links_and_forms_say_what_to_do_next() {
    let app = TestApp::new();
    for target in ["/confirm-email", "/confirm-email?token=", "/confirm-email?token=lkg_AAAA", "/confirm-email?other=1"]
    {
        let page = app.anon().get(target).await;
        assert_eq!(page.status, 400, "{target}");
        assert!(page.text.contains("ask for a new mail"), "{}", page.text);
    }
    for form in ["", "token=x", "token=x&password=y&extra=z", "token=x&password=y"] {
        assert_eq!(app.anon().post_form("/confirm-email", form).await.status, 400, "{form}");
    }
    let json = app.anon().post("/confirm-email", serde_json::json!({})).await;
    assert_eq!(json.status, 415);
}

#[tokio::test]
async fn a_token_is_not_written_into_the_page_unescaped() {
    let app = TestApp::new();
    let page = app.anon().get("/confirm-email?token=lkc_%22%3E%3Cscript%3E").await;
    assert_eq!(page.status, 400);
    assert!(!page.text.contains("<script"));
}

#[tokio::test]
async fn a_page_shows_the_owners_logo_and_colour_and_loads_nothing_else() {
    let brand = [("LOGO_URL", "https://cdn.example.com/a/logo.png"), ("BRAND_COLOUR", "#7a1fa2")];
    let app = TestApp::with_config(&brand);
    let page = app.anon().get("/confirm-email?token=broken").await;
    assert!(page.text.contains(r#"<img src="https://cdn.example.com/a/logo.png" alt="Acme">"#), "{}", page.text);
    assert!(page.text.contains("--accent: #7a1fa2"), "{}", page.text);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("img-src https://cdn.example.com;"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));
}

#[tokio::test]
async fn a_page_without_a_logo_shows_the_name_and_loads_nothing() {
    let app = TestApp::new();
    let page = app.anon().get("/confirm-email?token=broken").await;
    assert!(page.text.contains("<p>Acme</p>") && !page.text.contains("<img"), "{}", page.text);
    assert!(!page.header("content-security-policy").contains("img-src"));
}

#[tokio::test]
async fn a_password_manager_learns_whose_password_is_asked_for_and_only_from_a_good_link() {
    let app = TestApp::new();
    let token = registered(&app).await;
    let field = r#"<input id="username" type="text" autocomplete="username" value="ada@example.com" readonly hidden>"#;
    let page = app.anon().get(&format!("/confirm-email?token={token}")).await;
    assert!(page.text.contains(field) && page.text.contains("autocomplete=\"current-password\""), "{}", page.text);
    for wrong in ["wrong", "", "a%00b"] {
        let form = format!("token={token}&password={wrong}");
        let refused = app.anon().post_form("/confirm-email", &form).await;
        assert!(refused.status == 422 && refused.text.contains(field), "{}", refused.text);
    }
    let stranger = token.replace("lkc_", "lkc_B");
    for other in [stranger.get(..token.len()).unwrap(), "broken"] {
        let page = app.anon().get(&format!("/confirm-email?token={other}")).await;
        assert!(page.status == 400 && !page.text.contains("ada@example.com"), "{}", page.text);
    }
}

#[tokio::test]
async fn the_only_field_has_the_focus_and_cuts_nothing_off() {
    let app = TestApp::new();
    let token = registered(&app).await;
    let page = app.anon().get(&format!("/confirm-email?token={token}")).await;
    let field = page.text.split("<input ").find(|input| input.contains("type=\"password\"")).unwrap();
    assert!(field.split('>').next().unwrap().contains(" autofocus"), "{}", page.text);
    assert_eq!(page.text.matches("autofocus").count(), 1, "{}", page.text);
    // Browsers cut a longer password off where it is pasted, and say nothing.
    assert!(!page.text.contains("maxlength"), "{}", page.text);
}

#[tokio::test]
async fn a_page_leads_to_the_application_its_documents_and_its_support() {
    let links = [
        ("APP_URL", "https://app.acme.example/?from=mail&lang=en"),
        ("PRIVACY_URL", "https://acme.example/privacy"),
        ("TERMS_URL", "https://acme.example/terms"),
        ("SUPPORT_EMAIL", "help@acme.example"),
    ];
    let app = TestApp::with_config(&links);
    let token = registered(&app).await;
    for target in [&format!("/confirm-email?token={token}"), "/confirm-email?token=broken", "/password-changed"] {
        let page = app.anon().get(target).await;
        let text = page.text.replace("&#38;", "&").replace("&amp;", "&");
        let footer = text.split_once("<footer>").unwrap_or_else(|| panic!("{target}: {text}")).1;
        for (name, link) in links {
            assert!(footer.contains(link), "{target} has no {name}: {footer}");
        }
        assert!(footer.contains("href=\"mailto:help@acme.example\""), "{footer}");
        assert!(!page.header("content-security-policy").contains("acme.example"), "it loads nothing from there");
    }
    let done = app.anon().post_form("/confirm-email", &format!("token={token}&password={RIGHT}")).await;
    let result = app.anon().get(done.header("location")).await;
    assert!(result.text.contains("Go to Acme") && result.text.contains("class=\"button\""), "{}", result.text);
    app.run_workers().await;
    let odd = app.anon().get("/undo-email-change?token=broken").await;
    assert!(odd.text.contains("Otherwise write to help@acme.example."), "{}", odd.text);
}

#[tokio::test]
async fn a_page_without_links_has_no_empty_footer() {
    let app = TestApp::new();
    let page = app.anon().get("/undo-email-change?token=broken").await;
    assert!(!page.text.contains("<footer") && !page.text.contains("<a "), "{}", page.text);
    assert!(page.text.contains("Otherwise write to the support of Acme."), "{}", page.text);
}
