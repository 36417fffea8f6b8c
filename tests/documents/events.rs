//! The recorded events: each is replayed through the function that it names, and can be handed to
//! `cargo lambda invoke` as it is.
//!
//! Those of the gateway are made of the inventory: one for each operation, with tokens and codes of the right form that
//! open nothing. `events/README.md` says what each is answered with.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use latchkey_tests::{EVERYTHING, Facts, TestApp, inventory};
use serde_json::Value;

use crate::generated::check;
use crate::{read, root};

/// Events of the gateway that are written by hand: requests that no operation is about.
const BY_HAND: &[&str] = &[
    "auth/dot_segments",
    "auth/refresh_by_cookie_from_another_site",
    "auth/sign_in_by_cookie_from_another_site",
    "front/slash_at_the_end",
    "front/unknown_path",
];

/// Events of the workers.
const OF_WORKERS: &[&str] = &[
    "exporter/done_already",
    "feedback/bounce",
    "feedback/complaint",
    "mailer/sent_already",
    "scheduler/clear_away",
    "scheduler/redrive_outbox",
    "scheduler/update_places",
];

/// The events that are made of the inventory, by name.
fn made() -> BTreeMap<String, Value> {
    let (app, specimen) = (TestApp::with_config(EVERYTHING), Facts::specimen());
    let events = inventory().map(|row| {
        let (function, event) = row.request(&specimen).event(&app);
        (format!("{function}/{}", row.id), event)
    });
    events.collect()
}

fn recorded() -> Vec<String> {
    let mut names = Vec::new();
    for folder in std::fs::read_dir(root("events")).unwrap().map(Result::unwrap) {
        if !folder.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let (folder, file) = (folder.file_name(), file.file_name());
            let file = file.to_str().unwrap().strip_suffix(".json").unwrap().to_owned();
            names.push(format!("{}/{file}", folder.to_str().unwrap()));
        }
    }
    names.sort_unstable();
    names
}

#[tokio::test]
async fn there_is_an_event_for_every_operation_and_each_is_answered_as_it_always_was() {
    let mut text = "# Recorded events\n\nOne for each operation of the API, with tokens and codes of the right form that open \
                    nothing, and some by hand; a test replays each of them. Generated from the inventory of operations.\n\n\
                    | event | request | answer |\n|---|---|---|\n"
        .to_owned();
    let made = made();
    for (name, event) in &made {
        check(&format!("events/{name}.json"), &(serde_json::to_string_pretty(event).unwrap() + "\n"));
    }
    let mut names: Vec<&str> = made.keys().map(String::as_str).chain(BY_HAND.iter().copied()).collect();
    names.sort_unstable();
    for name in &names {
        let app = TestApp::new();
        let event: Value = serde_json::from_str(&read(&format!("events/{name}.json"))).unwrap();
        let http = event["requestContext"]["http"].clone();
        let answer = app.invoke(name.split('/').next().unwrap(), event).await;
        assert!(answer.status.as_u16() < 500, "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
        let (method, path) = (http["method"].as_str().unwrap(), http["path"].as_str().unwrap());
        writeln!(text, "| [{name}]({name}.json) | `{method} {path}` | {} |", answer.summary()).unwrap();
        app.run_workers().await;
    }
    check("events/README.md", &text);
    names.extend(OF_WORKERS);
    names.sort_unstable();
    assert_eq!(recorded(), names, "an event that belongs to no operation");
}

#[tokio::test]
async fn the_workers_events_are_carried_out() {
    let app = TestApp::new();
    let stream: Value = serde_json::from_str(&read("events/mailer/sent_already.json")).unwrap();
    assert_eq!(app.invoke_mailer(stream).await, Vec::<String>::new());
    for task in ["clear_away", "redrive_outbox", "update_places"] {
        app.invoke_scheduler(serde_json::from_str(&read(&format!("events/scheduler/{task}.json"))).unwrap()).await;
    }
    let done: Value = serde_json::from_str(&read("events/exporter/done_already.json")).unwrap();
    assert_eq!(app.invoke_exporter(done).await, Vec::<String>::new());
    for report in ["bounce", "complaint"] {
        app.invoke_feedback(serde_json::from_str(&read(&format!("events/feedback/{report}.json"))).unwrap()).await;
    }
}

/// They are the gateway's own shape, as AWS's library knows it, and not only what our gate would put up with.
#[test]
fn the_library_of_aws_reads_the_events_as_requests() {
    let by_hand = BY_HAND.iter().filter(|name| **name != "auth/dot_segments");
    let by_hand = by_hand.map(|name| ((*name).to_owned(), read(&format!("events/{name}.json"))));
    let made = made().into_iter().map(|(name, event)| (name, event.to_string()));
    for (name, event) in made.chain(by_hand) {
        let request = lambda_http::request::from_str(&event).unwrap();
        assert!(request.uri().path().starts_with('/'), "{name}");
    }
}
