//! Fetching the database of places: from MaxMind, whole and genuine, into the bucket.

use latchkey_kernel::geo::KEY;
use latchkey_tests::{Downloads, PLACES, TestApp};

const ACCOUNT: &str = "123456:licence_key_of_the_owner";
const NAME: &str = "GeoLite2-City_20260227/GeoLite2-City.mmdb";
const COUNTRIES: &[u8] = include_bytes!("../../places/countries.mmdb");

/// An owner with an account, for which a database is published.
fn app() -> TestApp {
    let app = TestApp::new();
    let (id, key) = ACCOUNT.split_once(':').unwrap();
    app.has_maxmind_account(id, key);
    publish(&app.downloads);
    app
}

fn publish(downloads: &Downloads) {
    let licence: &[u8] = b"This database is a test.";
    downloads.publish(&[("GeoLite2-City_20260227/LICENSE.txt", licence), (NAME, PLACES)], ACCOUNT);
}

/// What is said of a run that fails, which must leave everything as it was.
async fn failure(app: &TestApp) -> String {
    let before = app.shelf.get(KEY);
    let failed = app.counted("PlacesUpdateFailed");
    let error = app.update_places().await.unwrap_err().to_string();
    assert_eq!(app.shelf.get(KEY), before);
    assert_eq!(app.counted("PlacesUpdateFailed"), failed + 1);
    for secret in [ACCOUNT, "licence_key_of_the_owner", "123456", "permission"] {
        assert!(!error.contains(secret), "{error}");
    }
    error.strip_prefix("the database of places was not updated: ").unwrap().to_owned()
}

#[tokio::test]
async fn a_published_database_comes_into_the_bucket() {
    let app = app();
    app.update_places().await.unwrap();
    let (content, source) = app.shelf.get(KEY).unwrap();
    assert_eq!((content.as_slice(), source), (PLACES, app.downloads.digest()));
    assert_eq!(app.counted("PlacesUpdated"), 1);
}

#[tokio::test]
async fn the_account_is_shown_to_maxmind_and_not_where_it_sends_people_on_to() {
    let app = app();
    app.update_places().await.unwrap();
    let sent: Vec<_> = app.downloads.take_sent().into_iter().map(|sent| (sent.address, sent.authorized)).collect();
    let base = "https://download.maxmind.com/geoip/databases/GeoLite2-City/download?suffix=tar.gz";
    assert_eq!(
        sent,
        [
            (format!("{base}.sha256"), true),
            (base.to_owned(), true),
            ("https://store.test/archive?signature=permission".to_owned(), false),
        ]
    );
}

#[tokio::test]
async fn what_is_in_the_bucket_already_is_not_downloaded_again() {
    let app = app();
    app.update_places().await.unwrap();
    app.downloads.take_sent();
    app.update_places().await.unwrap();
    assert_eq!(app.downloads.take_sent().len(), 1, "only the digest");
    assert_eq!(app.counted("PlacesUpdated"), 1);
    // Another one is.
    app.downloads.publish(&[("GeoLite2-City_20260303/GeoLite2-City.mmdb", PLACES)], ACCOUNT);
    app.update_places().await.unwrap();
    assert_eq!(app.counted("PlacesUpdated"), 2);
}

#[tokio::test]
async fn an_owner_without_an_account_is_left_alone() {
    for providers in [None, Some("{}"), Some(r#"{"google":{"client_id":"1","client_secret":"2"}}"#)] {
        let app = TestApp::new();
        publish(&app.downloads);
        if let Some(json) = providers {
            app.vault.put("providers", &serde_json::from_str::<serde_json::Value>(json).unwrap());
        }
        app.update_places().await.unwrap();
        assert_eq!(app.downloads.take_sent(), []);
        assert_eq!(app.metrics(), "");
        assert!(app.shelf.get(KEY).is_none());
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_a_failure() {
    let app = app();
    app.vault.put("providers", &serde_json::json!({ "maxmind": { "account": 1 } }));
    assert_eq!(failure(&app).await, "the secret providers does not have the expected form");
    app.vault.stall(true);
    assert_eq!(failure(&app).await, "the secret providers is unavailable: no answer");
}

#[tokio::test]
async fn an_archive_that_is_not_the_published_one_is_not_used() {
    let app = app();
    app.downloads.publish_digest(&"0".repeat(64));
    assert_eq!(failure(&app).await, "the archive does not have the published digest");
}

#[tokio::test]
async fn a_digest_that_is_none_is_refused() {
    for text in ["", "0123", "<html>", &"g".repeat(64), &"0".repeat(65), &"0".repeat(5000)] {
        let app = app();
        app.downloads.publish_digest(text);
        let error = failure(&app).await;
        assert!(error.contains("digest is not a SHA-256") || error.contains("more than 1024 bytes"), "{error}");
        assert_eq!(app.downloads.take_sent().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_account_is_told_apart_from_a_service_that_fails() {
    let app = app();
    app.has_maxmind_account("123456", "another_key");
    assert_eq!(failure(&app).await, "MaxMind refuses the account id or the licence key");
    for (status, words) in [
        (403, "MaxMind refuses the account id or the licence key"),
        (429, "MaxMind limits downloads; the account has used up today's"),
        (404, "the download was answered 404 Not Found"),
        (500, "the download was answered 500 Internal Server Error"),
    ] {
        app.downloads.refuse(status);
        assert_eq!(failure(&app).await, words, "{status}");
    }
}

#[tokio::test]
async fn an_account_that_would_break_the_header_is_an_error_of_ours_and_no_request() {
    let app = app();
    app.has_maxmind_account("1\r\nhost: evil", "k");
    // Whatever it is, base64 makes a header of it; the service refuses it.
    assert_eq!(failure(&app).await, "MaxMind refuses the account id or the licence key");
}

#[tokio::test]
async fn being_sent_on_is_followed_once_and_only_by_tls() {
    let back = "https://download.maxmind.com/geoip/databases/GeoLite2-City/download?suffix=tar.gz";
    for (location, words) in [
        // It asks for the account again, which is not shown a second time.
        (back, "MaxMind refuses the account id or the licence key"),
        ("http://store.test/archive", "the download was sent on to an address without TLS"),
        ("http://169.254.169.254/latest/meta-data", "the download was sent on to an address without TLS"),
        ("http://127.0.0.1:9001/2018-06-01/runtime", "the download was sent on to an address without TLS"),
        ("/relative", "the download was sent on to an address without TLS"),
        ("ftp://store.test/x", "the download was sent on to an address without TLS"),
        ("", "the download was sent on more than once, or to no address"),
    ] {
        let app = app();
        app.downloads.send_on_to(location);
        assert_eq!(failure(&app).await, words, "{location}");
        assert!(app.downloads.take_sent().iter().filter(|sent| sent.authorized).count() <= 2);
    }
}

#[tokio::test]
async fn a_redirect_that_leads_to_another_one_ends_there() {
    let app = app();
    app.downloads.send_on_to("https://elsewhere.test/archive");
    assert_eq!(failure(&app).await, "the download was sent on more than once, or to no address");
    assert_eq!(app.downloads.take_sent().last().unwrap().address, "https://elsewhere.test/archive");
    app.downloads.refuse(302);
    assert_eq!(failure(&app).await, "the download was sent on more than once, or to no address");
}

#[tokio::test]
async fn an_archive_that_never_ends_is_given_up() {
    let app = app();
    app.downloads.publish_bytes(&vec![7; 1 << 20], ACCOUNT);
    app.downloads.repeat(1000);
    assert_eq!(failure(&app).await, "the download: the answer has more than 104857600 bytes");
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_failure() {
    let app = app();
    app.downloads.break_after(300);
    assert_eq!(failure(&app).await, "the download: the connection failed");
}

#[tokio::test]
async fn what_is_no_archive_with_a_database_of_cities_is_not_used() {
    let app = app();
    app.update_places().await.unwrap();
    app.downloads.publish_bytes(b"nothing of the kind", ACCOUNT);
    assert_eq!(failure(&app).await, "the archive is damaged");
    app.downloads.publish(&[("x/README.txt", PLACES)], ACCOUNT);
    assert_eq!(failure(&app).await, "the archive has no GeoLite2-City.mmdb");
    app.downloads.publish(&[(NAME, &PLACES[..2000])], ACCOUNT);
    assert_eq!(failure(&app).await, "the database of places is damaged");
    app.downloads.publish(&[(NAME, COUNTRIES)], ACCOUNT);
    assert_eq!(failure(&app).await, "the database is not one of cities");
}

#[tokio::test]
async fn a_bucket_that_refuses_is_a_failure_and_the_next_run_makes_it_good() {
    let app = app();
    app.shelf.refuse(Some(503));
    assert_eq!(failure(&app).await, "the bucket refused HeadObject: 503 (request id unknown, host id unknown)");
    app.shelf.refuse(None);
    app.update_places().await.unwrap();
    assert!(app.shelf.get(KEY).is_some());
}

#[tokio::test]
async fn a_fetched_database_is_told_from_by_functions_that_read_it() {
    let (app, _ada) = app().with_account("ada@example.com").await;
    app.update_places().await.unwrap();
    app.advance(jiff::SignedDuration::from_hours(1));
    app.anon().get("/api/health").await.success();
    app.sign_in_elsewhere("ada@example.com").await.success();
    app.run_workers().await;
    assert!(app.notice_to("ada@example.com").text.contains("Linköping"));
}
