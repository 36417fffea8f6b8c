//! One limit: its name, its rate, and whether environments may take shares of it.

use super::Rate;

/// A limit of so many requests per span, by a name that answers tell (`RateLimit-Policy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub(crate) name: &'static str,
    pub(crate) rate: Rate,
    may_lease: bool,
}

impl Limit {
    /// A limit that is asked for each request: it guards what is expensive or can be guessed.
    pub const fn new(name: &'static str, rate: Rate) -> Self {
        Self { name, rate, may_lease: false }
    }

    /// A limit on everything that somebody asks, of which an environment may take a share at a time if it is large.
    pub const fn primary(name: &'static str, rate: Rate) -> Self {
        Self { name, rate, may_lease: true }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The most that an environment may take at once: 1 % of what is above 1,000 a window, else the one request.
    pub(crate) fn largest_lease(self) -> u32 {
        let limit = self.rate.limit();
        if self.may_lease && limit > 1_000 { limit / 100 } else { 1 }
    }
}
