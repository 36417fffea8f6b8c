//! What each function reads of the configuration: what it declares, no more and no less.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_identity::registry;
use latchkey_kernel::config::Process;
use latchkey_tests::processes;

/// The names of the sections that each function was seen to read.
pub(super) type Read = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// Sections that are read when a process starts, where the tests hand in what is made of them.
const AT_START: &[&str] = &["bucket", "process"];

/// Sections that a function reads on a way that the inventory does not take, and why.
const ELSEWHERE: &[(&str, &str, &str)] =
    &[("social", "usernames", "for newcomers whose mailbox GitHub gives out, which takes the operator's word for it")];

/// Fails where a function declares a section that it was not seen to read. One that it reads and does not declare has no
/// value, so what asks for it fails before.
pub(super) fn is_what_is_declared(mut read: Read) {
    let mut wrong = Vec::new();
    for sections in read.values_mut() {
        sections.retain(|section| !AT_START.contains(section));
    }
    for process in processes().iter().copied() {
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
    assert!(wrong.is_empty(), "does the inventory have all that they can do?\n{}", wrong.join("\n"));
}
