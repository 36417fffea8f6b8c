//! What people ask us to do with their data: asking, exports, downloads, erasure, retention.

mod cut_off;
mod erasure;
mod exports;
mod listing;
mod requests;
mod retention;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use jiff::SignedDuration;
use latchkey_tests::{Person, TestApp};
use serde_json::{Value, json};
use zip::ZipArchive;

const ADA: &str = "ada@example.com";
const REQUESTS: &str = "/api/auth/data-requests";

/// Asks for this, which must succeed.
async fn ask(app: &TestApp, person: &Person, kind: &str) -> Value {
    let answer = person.calling(app).post(REQUESTS, json!({ "request_type": kind })).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

/// An export of Ada's, from asking to the files: the name of the archive, and its files by name.
async fn export(app: &TestApp, ada: &Person) -> (String, BTreeMap<String, String>) {
    ask(app, ada, "EXPORT").await;
    app.run_workers().await;
    follow(app, &app.link_to(ADA)).await
}

/// Follows a mailed link.
async fn follow(app: &TestApp, link: &str) -> (String, BTreeMap<String, String>) {
    let found = app.anon().get(link).await;
    assert_eq!(found.status, 303, "{}", found.text);
    let (name, archive) = app.shelf.follow("privacy", found.header("location")).await.unwrap();
    (name, unzip(&archive))
}

fn unzip(archive: &[u8]) -> BTreeMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut files = BTreeMap::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).unwrap();
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        files.insert(file.name().unwrap().into_owned(), content);
    }
    files
}

/// What lies in both tables and in the bucket, as one text.
fn everything(app: &TestApp) -> String {
    let tables = [app.engine.scan("MainTable"), app.engine.scan("EphemeralTable")];
    format!("{}{:?}", json!(tables), app.shelf.versions())
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}
