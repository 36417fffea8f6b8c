//! A run: so many ceremonies from one seed, each judged by both sides, and what became of them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use crate::ceremony::{Ceremony, Kind, Verdict};
use crate::changes::{changed, draw};
use crate::classes::{CLASSES, Case};
use crate::honest::{Honest, by_any_authenticator};
use crate::key::RsaKeys;
use crate::one_password::by_passkey;
use crate::{ours, theirs};

/// What a ceremony that nothing was changed in is called.
const HONEST: &str = "nothing";

/// What became of one ceremony.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Both accept it and read the same.
    BothAccept,
    /// Both refuse it.
    BothRefuse,
    /// They differ, by the class of this number.
    Class(usize),
    /// They differ, and no class says why; or an honest ceremony was refused.
    Unexplained,
}

/// A difference that no class explains, the first of its kind.
pub struct Difference {
    /// The ceremony.
    pub ceremony: Ceremony,
    /// Latchkey's verdict.
    pub ours: Verdict,
    /// The other one.
    pub theirs: Verdict,
    /// How many there are of the same change with the same verdicts.
    pub count: usize,
}

/// What a run found.
#[derive(Default)]
pub struct Findings {
    /// How many ceremonies had this outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// How many were honest, by who made them.
    pub honest: BTreeMap<String, usize>,
    /// What no class explains.
    pub differences: BTreeMap<String, Difference>,
}

impl Findings {
    /// The names of the classes that were never met.
    pub fn unmet(&self) -> Vec<&'static str> {
        let met = |at| self.outcomes.contains_key(&Outcome::Class(at));
        CLASSES.iter().enumerate().filter(|(at, _)| !met(*at)).map(|(_, class)| class.name).collect()
    }
}

/// Makes so many ceremonies, and has both sides judge each.
pub fn run(seed: u64, count: usize) -> Findings {
    let mut draws = ChaCha20Rng::seed_from_u64(seed);
    let rsa = RsaKeys::generate(&mut draws);
    let mut other = by_any_authenticator(&mut draws, &rsa);
    let mut honest = by_passkey(&mut draws);
    let mut findings = Findings::default();
    for at in 0..count {
        if at % 3 == 0 {
            other = std::mem::replace(&mut honest, passkey(&mut draws, &rsa));
        }
        let ceremony = ceremony(&honest, &other, &mut draws);
        let (outcome, ours, theirs) = judge(&ceremony);
        *findings.outcomes.entry(outcome).or_default() += 1;
        if ceremony.change == HONEST {
            *findings.honest.entry(ceremony.by.clone()).or_default() += 1;
        }
        if outcome == Outcome::Unexplained {
            let kind =
                format!("{:?}, {}: ours {}, theirs {}", ceremony.kind, ceremony.change, ours.word(), theirs.word());
            let new = Difference { ceremony, ours, theirs, count: 0 };
            findings.differences.entry(kind).or_insert(new).count += 1;
        }
    }
    findings
}

fn passkey(draws: &mut ChaCha20Rng, rsa: &RsaKeys) -> Honest {
    if draws.random_ratio(2, 5) { by_passkey(draws) } else { by_any_authenticator(draws, rsa) }
}

fn ceremony(honest: &Honest, other: &Honest, draws: &mut ChaCha20Rng) -> Ceremony {
    // Of a key that the other side does not enrol it has no verdict later.
    let assertion = draws.random_ratio(2, 5) && !honest.key.is_large();
    let kind = if assertion { Kind::Assertion } else { Kind::Registration };
    if draws.random_ratio(1, 8) {
        let sent = if kind == Kind::Registration { &honest.made } else { &honest.used };
        return honest.ceremony(kind, sent.to_string(), HONEST, false);
    }
    changed(draw(kind, draws), kind, honest, other, draws)
}

/// Both verdicts, and what they come to.
pub fn judge(ceremony: &Ceremony) -> (Outcome, Verdict, Verdict) {
    let caught = |verdict: fn(&Ceremony) -> Verdict| catch_unwind(AssertUnwindSafe(|| verdict(ceremony)));
    let panicked = |_| Verdict::Refused("Panic".to_owned());
    let (ours, theirs) =
        (caught(ours::verdict).unwrap_or_else(panicked), caught(theirs::verdict).unwrap_or_else(panicked));
    let outcome = match (&ours, &theirs) {
        (ours, _) if ours.refuses_for(&["Panic"]) => Outcome::Unexplained,
        (Verdict::Refused(_), _) if ceremony.change == HONEST => Outcome::Unexplained,
        (Verdict::Refused(_), Verdict::Refused(_)) => Outcome::BothRefuse,
        (Verdict::Accepted(ours), Verdict::Accepted(theirs)) if ours == theirs => Outcome::BothAccept,
        _ => {
            let case = Case::new(ceremony, &ours, &theirs);
            let class = CLASSES.iter().position(|class| (class.meets)(&case));
            class.map_or(Outcome::Unexplained, Outcome::Class)
        }
    };
    (outcome, ours, theirs)
}
