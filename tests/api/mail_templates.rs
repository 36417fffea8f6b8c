//! An owner's own mail templates, and what happens when they do not work.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use latchkey_local::ses::Mail;
use latchkey_tests::TestApp;

const ADA: &str = "ada@example.com";
const BROKEN: &str = "MailTemplateBroken";

/// A folder of templates that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn of(files: &[(&str, &[u8])]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("latchkey-templates-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).unwrap();
        for (name, source) in files {
            folder.put(name, source);
        }
        folder
    }

    fn put(&self, name: &str, source: &[u8]) {
        std::fs::write(self.0.join(name), source).unwrap();
    }

    fn app(&self) -> TestApp {
        TestApp::with_config(&[("MAIL_TEMPLATES_DIR", self.0.to_str().unwrap())])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// The welcome of a new account under these templates, and how often a broken one was counted.
async fn welcome(files: &[(&str, &[u8])]) -> (Mail, usize) {
    let folder = Folder::of(files);
    let app = folder.app();
    app.new_account(ADA).await;
    (app.mail_to(ADA), app.counted(BROKEN))
}

#[tokio::test]
async fn an_owners_templates_take_the_place_of_ours() {
    let own: [(&str, &[u8]); 2] = [
        ("welcome.txt", b"Subject: Hi {{ name }}\n\nOurs.\n"),
        ("welcome.html", b"{% extends \"layout.html\" %}{% block body %}<p>Ours, {{ name }}.</p>{% endblock %}"),
    ];
    let (mail, broken) = welcome(&own).await;
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Hi Ada Lovelace", "Ours.\n"));
    assert!(mail.html.contains("<p>Ours, Ada Lovelace.</p>") && mail.html.contains("<!doctype html>"), "{}", mail.html);
    assert_eq!(broken, 0);
}

#[tokio::test]
async fn a_frame_of_the_owners_goes_around_our_words() {
    let (mail, broken) = welcome(&[("layout.html", b"<main>{% block body %}{% endblock %}</main>")]).await;
    assert!(mail.html.starts_with("<main>") && mail.html.contains("your account is ready"), "{}", mail.html);
    assert_eq!((mail.subject.as_str(), broken), ("Welcome to Acme, Ada Lovelace", 0));
}

#[tokio::test]
async fn a_template_that_cannot_be_parsed_or_rendered_or_read_gives_way_to_ours_and_is_counted() {
    for source in [
        &b"Subject: {{ name\n\nNo end.\n"[..],
        b"Subject: {{ no_such_value }}\n\nBroken.\n",
        b"Subject: Hi\n\n{{ name.no.such.thing }}\n",
        b"Subject: Hi\n\n{{ name|no_such_filter }}\n",
        b"Subject: Hi\n\n{% include \"missing.txt\" %}\n",
        b"Dear {{ name }},\n\nthere is no subject.\n",
        b"",
        b"Subject: \xff\n\nNot UTF-8.\n",
    ] {
        let (mail, broken) = welcome(&[("welcome.txt", source)]).await;
        let shown = String::from_utf8_lossy(source);
        assert_eq!(mail.subject, "Welcome to Acme, Ada Lovelace", "{shown}");
        assert!(mail.text.contains("your account is ready"), "{shown}");
        assert_eq!(broken, 1, "{shown}");
    }
}

#[tokio::test]
async fn a_broken_frame_gives_way_and_the_owners_words_stay() {
    for layout in [&b"{% block body %}"[..], b"{{ no_such_value }}{% block body %}{% endblock %}"] {
        let own: [(&str, &[u8]); 2] = [("layout.html", layout), ("welcome.txt", b"Subject: Hi {{ name }}\n\nOurs.\n")];
        let (mail, broken) = welcome(&own).await;
        assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Hi Ada Lovelace", "Ours.\n"));
        assert!(mail.html.contains("<!doctype html>"), "{}", mail.html);
        // The verification mail before it has the same frame.
        assert_eq!(broken, 2);
    }
}

#[tokio::test]
async fn a_corrected_template_serves_from_the_next_mail_on() {
    let folder = Folder::of(&[("welcome.txt", b"Subject: {{ oops }}\n\nBroken.\n")]);
    let app = folder.app();
    app.new_account(ADA).await;
    folder.put("welcome.txt", b"Subject: Hi {{ name }}\n\nMended.\n");
    app.new_account("bea@example.com").await;
    assert_eq!(app.mail_to("bea@example.com").subject, "Hi Ada Lovelace");
    assert_eq!(app.counted(BROKEN), 1);
}

#[tokio::test]
async fn a_name_with_markup_stays_a_name_in_an_owners_template() {
    let folder = Folder::of(&[("welcome.html", b"<p>{{ name }}</p>")]);
    let app = folder.app();
    let body = serde_json::json!({ "email": ADA, "name": "<b>Ada</b>", "password": latchkey_tests::PASSWORD });
    let token = app.anon().post("/api/auth/register", body).await.text_of("registration_token");
    app.run_workers().await;
    app.verify_email(&token, &app.code_to(ADA)).await.success();
    app.run_workers().await;
    assert_eq!(app.mail_to(ADA).html, "<p>&lt;b&gt;Ada&lt;&#x2f;b&gt;</p>");
}

#[tokio::test]
async fn an_owners_templates_know_the_links_of_the_configuration_whether_or_not_they_are_set() {
    let words = b"Subject: Hi\n\n{{ privacy_url }} {{ terms_url }} {{ app_url }} {{ support_email }}\n{% include \"footer.txt\" -%}\n";
    let folder = Folder::of(&[("welcome.txt", words), ("footer.txt", b"From {{ app_name }}, {{ support_email }}\n")]);
    let base = ("MAIL_TEMPLATES_DIR", folder.0.to_str().unwrap());
    let set = [
        base,
        ("APP_URL", "https://app.acme.example"),
        ("PRIVACY_URL", "https://acme.example/privacy"),
        ("TERMS_URL", "https://acme.example/terms"),
        ("SUPPORT_EMAIL", "help@acme.example"),
    ];
    let (app, _) = TestApp::with_config(&set).with_account(ADA).await;
    let told = "https://acme.example/privacy https://acme.example/terms https://app.acme.example help@acme.example\n";
    assert_eq!(app.mail_to(ADA).text, format!("{told}From Acme, help@acme.example\n"));
    let (app, _) = TestApp::with_config(&[base]).with_account(ADA).await;
    assert!(app.mail_to(ADA).text.contains("From Acme"), "{}", app.mail_to(ADA).text);
    assert_eq!(app.counted(BROKEN), 0);
}
