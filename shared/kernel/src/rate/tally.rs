//! What one request met of limits, and how its answer tells it (draft-ietf-httpapi-ratelimit-headers-10).
//!
//! `RateLimit-Policy: "sign_in";q=10;w=60` says the quota and its window in seconds. `RateLimit: "sign_in";r=9;t=42` says
//! what is left, and for how many seconds it will not be more.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Limit, Subject};

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How one limit stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The limit.
    pub(crate) limit: Limit,
    /// What is left of it.
    pub(crate) remaining: u32,
    /// Seconds until that can be more.
    pub(crate) grows_in: u32,
}

/// What one request met, shared by all who count for it.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<Met>>);

#[derive(Debug, Default)]
struct Met {
    primary_claimed: bool,
    /// Of the address that asks.
    of_address: Vec<Standing>,
    /// Of the user and the session that ask.
    of_user: Vec<Standing>,
}

impl Tally {
    /// Whether the request still has to be counted against a primary limit. True once.
    pub(crate) fn claim_primary(&self) -> bool {
        !std::mem::replace(&mut self.met().primary_claimed, true)
    }

    /// Whether it was counted, or need not be.
    pub(crate) fn is_counted(&self) -> bool {
        self.met().primary_claimed
    }

    /// Whether the request was the last that this limit of its caller admits for now.
    pub fn was_last(&self, limit: &str) -> bool {
        self.met().standings().any(|standing| standing.limit.name == limit && standing.remaining == 0)
    }

    pub(crate) fn note(&self, subject: &Subject, standing: Standing) {
        let mut met = self.met();
        let standings = if subject.is_address() { &mut met.of_address } else { &mut met.of_user };
        standings.push(standing);
    }

    /// Tells nothing of the user: the credential turned out to be dead after all.
    pub(crate) fn withhold_user(&self) {
        self.met().of_user.clear();
    }

    /// How many seconds it takes until no limit that was met is used up.
    pub(crate) fn wait(&self) -> Option<u32> {
        let met = self.met();
        met.standings().filter(|standing| standing.remaining == 0).map(|standing| standing.grows_in).max()
    }

    fn met(&self) -> MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Met {
    fn standings(&self) -> impl Iterator<Item = &Standing> {
        self.of_address.iter().chain(&self.of_user)
    }
}

/// Tells in an answer what its request met.
pub(crate) fn set_headers(tally: &Tally, headers: &mut HeaderMap) {
    let met = tally.met();
    let (mut policies, mut limits) = (String::new(), String::new());
    for Standing { limit, remaining, grows_in } in met.standings() {
        let comma = if policies.is_empty() { "" } else { ", " };
        let (name, quota, window) = (limit.name, limit.rate.limit(), limit.rate.seconds());
        // Writing to a string cannot fail.
        let _ = write!(policies, "{comma}\"{name}\";q={quota};w={window}");
        let _ = write!(limits, "{comma}\"{name}\";r={remaining};t={grows_in}");
    }
    for (name, value) in [(RATELIMIT_POLICY, policies), (RATELIMIT, limits)] {
        if let Ok(value) = HeaderValue::try_from(value)
            && !value.is_empty()
        {
            headers.insert(name, value);
        }
    }
}
