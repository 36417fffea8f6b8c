//! What each function reads of the configuration: what it declares, no more and no less.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_identity::registry;
use latchkey_kernel::config::Process;
use latchkey_tests::{PROCESSES, TestApp};

/// The names of the sections that each function was seen to read.
pub(super) type Read = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// Sections that are read when a process starts, where the tests hand in what is made of them.
const AT_START: &[&str] = &["bucket", "process"];

/// Sections that a function reads on a way that `exercise` does not take, and why.
const ELSEWHERE: &[(&str, &str, &str)] =
    &[("social", "usernames", "for newcomers whose mailbox GitHub gives out, which takes the operator's word for it")];

/// Somebody without a token, who may have a cookie, asks for what is public and for what is not.
pub(super) async fn without_a_token(app: &TestApp) {
    let documents = ["change-password", "openid-configuration", "passkey-endpoints"];
    let documents = documents.map(|document| format!("/.well-known/{document}"));
    // Who sends no token may send a cookie.
    let own = ["me", "mfa", "data-requests", "social/accounts"].map(|path| format!("/api/auth/{path}"));
    for path in documents.into_iter().chain(own) {
        app.anon().get(&path).await;
    }
}

/// What the functions of these applications read.
pub(super) fn of(apps: [&TestApp; 4]) -> Read {
    let mut read = Read::new();
    for (function, sections) in apps.into_iter().flat_map(TestApp::sections_read) {
        read.entry(function).or_default().extend(sections);
    }
    read
}

/// Fails where a function declares a section that it was not seen to read. One that it reads and does not declare has no
/// value, so what asks for it fails before.
pub(super) fn is_what_is_declared(mut read: Read) {
    let mut wrong = Vec::new();
    for sections in read.values_mut() {
        sections.retain(|section| !AT_START.contains(section));
    }
    for process in PROCESSES {
        let (Process::Api(function) | Process::Worker(function)) = process else { continue };
        let read = read.get(function).cloned().unwrap_or_default();
        let declared = registry::sections().filter(|section| section.is_read_by(process)).map(|section| section.name);
        let declared: BTreeSet<_> = declared.filter(|section| !AT_START.contains(section)).collect();
        let elsewhere = |section: &str| ELSEWHERE.iter().any(|(who, what, _)| (*who, *what) == (function, section));
        for section in declared.difference(&read).filter(|section| !elsewhere(section)) {
            wrong.push(format!("{function} declares {section} and was not seen to read it"));
        }
        for section in read.difference(&declared) {
            wrong.push(format!("{function} reads {section} and does not declare it"));
        }
    }
    assert!(wrong.is_empty(), "does `exercise` call all that they can do?\n{}", wrong.join("\n"));
}
