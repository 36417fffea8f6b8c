//! What must hold: each target with what was measured, passed or missed.

use serde::Serialize;

use crate::cold::{ColdStart, HELLO, HELLO_DYNAMODB};
use crate::growth::not_flat;
use crate::load::RAW_HASH;
use crate::report::Measured;

/// A function with DynamoDB alone stays below, unzipped.
const LARGEST_BINARY_MB: f64 = 12.0;

/// How often a sign-in asks DynamoDB: the limiter, two reads, one transaction.
const SIGN_IN_CALLS: f64 = 4.0;

/// A target and whether it is reached.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) limit: String,
    pub(crate) measured: String,
    pub(crate) passed: bool,
}

/// Every target.
pub(crate) fn judge(measured: &Measured) -> Vec<Target> {
    let mut targets = vec![quiet(measured), init(measured), sign_in(measured)];
    targets.push(cpu(measured, "refresh", 0.9));
    targets.push(me(measured));
    targets.push(resident(measured));
    targets.push(at_most("memory while hashing, MB", 45.0, measured.load.hashing_peak_mb, ""));
    targets.push(binaries(measured));
    targets.extend(growth(measured));
    targets.push(export(measured));
    targets
}

fn quiet(measured: &Measured) -> Target {
    let load = measured.machine.load_before.split(' ').next().and_then(|minute| minute.parse().ok());
    at_most("load average of the last minute before the run", 0.5, load.unwrap_or(f64::INFINITY), "")
}

fn init(measured: &Measured) -> Target {
    let of = |name: &str| measured.cold(name).map_or(0.0, |cold| cold.init_cpu_ms);
    let ratio = of("auth") / of(HELLO_DYNAMODB);
    at_most(
        "processor time to start `auth`, with a bare function that makes one DynamoDB client as 1.0",
        1.45,
        ratio,
        "",
    )
}

fn sign_in(measured: &Measured) -> Target {
    let of = |what: &str| measured.load(what, 1).map_or(0.0, |load| load.cpu_ms);
    let ratio = of(RAW_HASH) / of("sign-in");
    // What a function would reach that does nothing but hash and ask DynamoDB as often as a sign-in does.
    let call = of(HELLO_DYNAMODB) - of(HELLO);
    let bare = of(RAW_HASH) / (of(RAW_HASH) + of(HELLO) + SIGN_IN_CALLS * call);
    Target {
        what: "sign-ins per processor second, one at a time, with raw Argon2id as 1.0".to_owned(),
        limit: "at least 0.88".to_owned(),
        measured: format!("{ratio:.3} (the hash and {SIGN_IN_CALLS} bare calls to DynamoDB: {bare:.3})"),
        passed: ratio >= 0.88,
    }
}

fn me(measured: &Measured) -> Target {
    let of = |what: &str| measured.load(what, 1).map_or(0.0, |load| load.cpu_ms);
    at_most(
        "processor time of `GET me`, with a bare function that reads one item as 1.0",
        1.85,
        of("me") / of(HELLO_DYNAMODB),
        "",
    )
}

fn cpu(measured: &Measured, what: &str, limit: f64) -> Target {
    let cpu_ms = measured.load(what, 1).map_or(f64::INFINITY, |load| load.cpu_ms);
    at_most(&format!("processor time of {what}, ms"), limit, cpu_ms, "")
}

fn resident(measured: &Measured) -> Target {
    let own = measured.cold.iter().filter(|cold| is_ours(cold));
    let largest = own.max_by(|one, other| one.resident_mb.total_cmp(&other.resident_mb));
    let (name, mb) = largest.map_or(("none", f64::INFINITY), |cold| (cold.function.as_str(), cold.resident_mb));
    at_most("memory between requests, MB", 15.0, mb, name)
}

fn binaries(measured: &Measured) -> Target {
    // The mailer has the client of SES besides.
    let own = measured.cold.iter().filter(|cold| is_ours(cold) && cold.function != "mailer");
    let largest = own.max_by_key(|cold| cold.binary_bytes);
    let (name, mb) = largest.map_or(("none", f64::INFINITY), |cold| (cold.function.as_str(), cold.binary_mb()));
    at_most("size of a function with DynamoDB alone, unzipped, MB", LARGEST_BINARY_MB, mb, name)
}

fn growth(measured: &Measured) -> Option<Target> {
    let largest = measured.growth.last().filter(|_| measured.growth.len() > 1)?;
    let grown = not_flat(&measured.growth);
    Some(Target {
        what: format!("request units at up to {} accounts", largest.accounts),
        limit: "flat".to_owned(),
        measured: if grown.is_empty() { "flat".to_owned() } else { format!("not flat: {}", grown.join(", ")) },
        passed: grown.is_empty(),
    })
}

fn export(measured: &Measured) -> Target {
    let export = &measured.export;
    at_most(&format!("memory while exporting {} lines of the audit log, MB", export.lines), 256.0, export.peak_mb, "")
}

fn is_ours(cold: &ColdStart) -> bool {
    ![HELLO, HELLO_DYNAMODB].contains(&cold.function.as_str())
}

fn at_most(what: &str, limit: f64, value: f64, whose: &str) -> Target {
    let whose = if whose.is_empty() { String::new() } else { format!(" (`{whose}`)") };
    Target {
        what: what.to_owned(),
        limit: format!("at most {limit}"),
        measured: format!("{value:.2}{whose}"),
        passed: value <= limit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_reached_at_its_limit_and_missed_above() {
        assert!(at_most("x", 0.9, 0.9, "").passed);
        let missed = at_most("x", 0.9, 0.91, "auth");
        assert!(!missed.passed);
        assert_eq!(missed.measured, "0.91 (`auth`)");
    }
}
