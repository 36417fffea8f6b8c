//! Every mail as it goes out, in `docs/generated/mails`: rendered with sample values, so that a change of words or looks
//! shows in review, and so that pictures can be taken of them.

use latchkey_identity::registry;
use latchkey_kernel::mail::Renderer;
use serde_json::{Value, json};

use crate::generated::check;
use crate::root;

/// What the templates may ask for. A mail that asks for more adds it here.
fn values() -> Value {
    json!({
        "name": "Ada Lovelace",
        "code": "12345678",
        "code_until": "2 March 2026, 09:40 UTC",
        "link": "https://id.example.com/page?token=lkx_sample",
        "link_until": "3 March 2026, 09:30 UTC",
        "until": "2 March 2026, 09:40 UTC",
        "held_until": "9 March 2026, 09:30 UTC",
        "scheduled_at": "1 April 2026, 09:30 UTC",
        "has_password": true,
        "first": false,
        "by_mail": false,
        "kept": false,
        "new_country": false,
        "factor": "an authenticator app",
        "provider": "Google",
        "password_lost": false,
        "left": 9,
        "asked": false,
        "by_operator": false,
        "size": "1.24",
        "certificate": "019caddd-b0c0-7000-8000-000000000000",
        "erased_at": "16 March 2026, 09:35 UTC",
        "origin": {
            "address": "203.0.113.9",
            "address_kind": "public",
            "device": "Firefox on Windows",
            "browser": "Firefox",
            "place": "Linköping, Östergötland County (SE)",
            "time": "2 March 2026, 09:30 UTC",
        },
    })
}

/// Mails whose words depend on what happened: template, what happened, and what is different then.
const VARIANTS: &[(&str, &str, &str, bool)] = &[
    ("account_suspended", "asked", "asked", true),
    ("deletion_scheduled", "by_operator", "by_operator", true),
    ("deletion_scheduled", "without_grace", "link", false),
    ("email_restored", "suspended", "link", false),
    ("former_address", "export", "scheduled_at", false),
    ("new_sign_in", "new_country", "new_country", true),
    ("password_reset", "first", "has_password", false),
    ("password_set", "first", "first", true),
    ("password_set", "by_mail", "by_mail", true),
    ("password_set", "kept", "kept", true),
    ("provider_connected", "by_address", "password_lost", true),
];

/// Every mail, in all its words: the name of its file, its template and its values.
fn samples() -> Vec<(String, &'static str, Value)> {
    let plain = registry::mails().map(|template| (template.name.to_owned(), template.name, values()));
    let varied = VARIANTS.iter().map(|(template, happened, name, value)| {
        let mut values = values();
        values[name] = Value::from(*value);
        (format!("{template}.{happened}"), *template, values)
    });
    plain.chain(varied).collect()
}

fn renderer(changes: &[(&str, &str)]) -> Renderer {
    Renderer::new(&latchkey_tests::config(changes), registry::mails()).unwrap()
}

#[test]
fn every_mail_is_as_it_was() {
    let renderer = renderer(&[]);
    for (name, template, values) in samples() {
        let mail = renderer.render(template, &values);
        let mail = mail.unwrap_or_else(|error| panic!("{name}: {error:#}; does `values` lack a sample for it?"));
        check(&format!("docs/generated/mails/{name}.txt"), &format!("Subject: {}\n\n{}", mail.subject, mail.text));
        check(&format!("docs/generated/mails/{name}.html"), &mail.html);
    }
}

#[test]
fn no_mail_is_left_that_is_not_sent_any_more() {
    for file in std::fs::read_dir(root("docs/generated/mails")).unwrap().map(|file| file.unwrap().path()) {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(samples().iter().any(|(known, ..)| *known == name), "{} is of no mail", file.display());
    }
}

#[test]
fn a_mail_is_for_people_who_see_no_pictures_and_for_those_who_see_no_colours() {
    let logo = "https://cdn.example.com/logo.png";
    let renderer = renderer(&[("LOGO_URL", logo), ("BRAND_COLOUR", "#ffee00")]);
    for (name, template, values) in samples() {
        let mut mail = renderer.render(template, &values).unwrap();
        mail.html = mail.html.replace("&#x2f;", "/").replace("&amp;", "&");
        assert_eq!(mail.html.matches("<img").count(), 1, "{name} has no picture but the logo");
        assert!(mail.html.contains(&format!("src=\"{logo}\" alt=\"Acme\"")), "{name}: the logo says the name");
        assert!(!mail.html.contains(":#ffee00"), "{name}: what nobody can read on white is adjusted");
        // Links are buttons of `parts.html`: a colour of their own would be ours, and dark on dark.
        for wrong in ["#1f5fd0", "<script", "http://", "url(", "javascript:"] {
            assert!(!mail.html.contains(wrong), "{name} has {wrong}");
        }
        assert!(mail.html.contains("color-scheme") && mail.html.contains("lang=\"en\""), "{name}");
        assert!(mail.subject.chars().count() <= 78, "{name}: {}", mail.subject);
        // What a person may have to do is in the plain part as well.
        for link in links(&mail.html) {
            assert!(mail.text.contains(link), "{name}: {link} is missing in the plain part");
        }
        assert_eq!(mail.html.contains("12345678") || mail.html.contains("1234 5678"), mail.text.contains("1234 5678"));
    }
}

/// Where the links of a mail lead, those to an email address without their scheme.
fn links(html: &str) -> impl Iterator<Item = &str> {
    let links = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.map(|link| link.strip_prefix("mailto:").unwrap_or(link))
}

#[test]
fn every_mail_ends_with_the_operators_links_in_both_parts() {
    let own = [
        ("APP_URL", "https://app.acme.example/"),
        ("SUPPORT_EMAIL", "help@acme.example"),
        ("PRIVACY_URL", "https://acme.example/privacy"),
        ("TERMS_URL", "https://acme.example/terms"),
    ];
    let (with, without) = (renderer(&own), renderer(&[]));
    for (name, template, values) in samples() {
        let mail = with.render(template, &values).unwrap();
        let html = mail.html.replace("&#x2f;", "/");
        for (variable, link) in own {
            let (_, footer) = mail.text.rsplit_once("\n\n").unwrap();
            assert!(footer.contains(link), "{name}.txt ends without {variable}: {footer}");
            assert!(links(&html).any(|found| found == link), "{name}.html has no link to {variable}");
        }
        let bare = without.render(template, &values).unwrap();
        assert!(bare.text.ends_with("\nAcme\n"), "{name}: {}", bare.text);
    }
}
