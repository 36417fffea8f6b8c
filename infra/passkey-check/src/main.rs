//! Compares how Latchkey verifies passkeys with two other implementations, verdict by verdict.
//!
//! Honest ceremonies come from 1Password's authenticator and client, and from an authenticator here that does whatever the
//! standard lets one do; most of them are then changed in one place. Latchkey and webauthn-rs-core judge each. Where they
//! differ, a class says why (`classes.rs`), or the run fails and prints the ceremony, which `--replay` judges again.
//!
//! `passkey-check [--cases N] [--seed N] [--replay FILE]`

mod cbor;
mod ceremony;
mod changes;
mod classes;
mod data;
mod honest;
mod key;
mod one_password;
mod ours;
mod run;
mod theirs;

use std::hash::BuildHasher as _;
use std::process::ExitCode;

use classes::CLASSES;
use run::{Findings, Outcome, judge, run};

/// The default number of ceremonies in a run, enough to meet every class.
const CASES: usize = 10_000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut cases, mut seed) = (CASES, std::collections::hash_map::RandomState::new().hash_one(0));
    while let Some(name) = arguments.next() {
        let value = arguments.next();
        let number = value.as_deref().and_then(|value| value.parse().ok());
        match (name.as_str(), number, value) {
            ("--cases", Some(number), _) => cases = usize::try_from(number).unwrap_or(CASES),
            ("--seed", Some(number), _) => seed = number,
            ("--replay", _, Some(file)) => return replay(&file),
            _ => {
                eprintln!("passkey-check [--cases N] [--seed N] [--replay FILE]");
                return ExitCode::from(2);
            }
        }
    }
    println!("{cases} ceremonies from seed {seed}");
    let findings = run(seed, cases);
    print(&findings);
    // Few ceremonies cannot meet every class.
    let unmet = if cases < CASES { Vec::new() } else { findings.unmet() };
    for name in &unmet {
        println!("never met: {name}. A class that is not met any more is to go.");
    }
    if unmet.is_empty() && findings.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print(findings: &Findings) {
    let count = |outcome| findings.outcomes.get(&outcome).copied().unwrap_or_default();
    println!("{:>6}  both accept", count(Outcome::BothAccept));
    println!("{:>6}  both refuse", count(Outcome::BothRefuse));
    for (at, class) in CLASSES.iter().enumerate() {
        println!("{:>6}  {}: {}", count(Outcome::Class(at)), class.name, class.reason);
    }
    println!("{:>6}  unexplained", count(Outcome::Unexplained));
    for (by, count) in &findings.honest {
        println!("{count} honest ones by {by}");
    }
    for (kind, difference) in &findings.differences {
        println!("\n{} times: {kind}", difference.count);
        println!("ours: {:?}\ntheirs: {:?}", difference.ours, difference.theirs);
        println!("{}", serde_json::to_string(&difference.ceremony).expect("JSON"));
    }
}

fn replay(file: &str) -> ExitCode {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{file} cannot be read: {error}");
            return ExitCode::from(2);
        }
    };
    let ceremony = match serde_json::from_str(&text) {
        Ok(ceremony) => ceremony,
        Err(error) => {
            eprintln!("{file} is no ceremony: {error}");
            return ExitCode::from(2);
        }
    };
    let (outcome, ours, theirs) = judge(&ceremony);
    let word = match outcome {
        Outcome::Class(at) => CLASSES[at].name.to_owned(),
        other => format!("{other:?}"),
    };
    println!("{word}\nours: {ours:?}\ntheirs: {theirs:?}");
    if outcome == Outcome::Unexplained { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
