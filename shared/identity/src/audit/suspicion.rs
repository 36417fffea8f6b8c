//! Why an activity is suspicious.

use super::{Factor, Outcome};

/// A reason to be suspicious. Each domain has its own, as constants in its `events.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspicion {
    word: &'static str,
    outcome: Outcome,
    factor: Option<Factor>,
}

impl Suspicion {
    /// A reason for which the attempt was refused. Rows are stored and answered with the word, so a word never changes and
    /// is never used for something else.
    pub const fn refused(word: &'static str) -> Self {
        Self { word, outcome: Outcome::Failure, factor: None }
    }

    /// A reason that was seen only when the attempt had succeeded.
    pub const fn succeeded(word: &'static str) -> Self {
        Self { word, outcome: Outcome::Success, factor: None }
    }

    /// The factor that was shown.
    #[must_use]
    pub const fn shown(self, factor: Factor) -> Self {
        Self { factor: Some(factor), ..self }
    }

    /// The word, as rows and answers have it.
    pub const fn word(self) -> &'static str {
        self.word
    }

    pub(super) const fn outcome(self) -> Outcome {
        self.outcome
    }

    pub(super) const fn factor(self) -> Option<Factor> {
        self.factor
    }
}
