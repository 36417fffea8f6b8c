//! What one request met of limits, and how its answer tells it (draft-ietf-httpapi-ratelimit-headers-10).
//!
//! `RateLimit-Policy: "sign_in";q=10;w=60` says the quota and its window in seconds. `RateLimit: "sign_in";r=9;t=42` says
//! what is left, and for how many seconds it will not be more.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Limit;

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How one limit stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// The limit.
    pub(super) limit: Limit,
    /// What is left of it.
    pub(super) remaining: u32,
    /// Seconds until that can be more.
    pub(super) grows_in: u32,
}

/// What one request met, shared by all who count for it.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<Met>>);

#[derive(Debug, Default)]
struct Met {
    primary_claimed: bool,
    standings: Vec<Standing>,
}

impl Tally {
    /// Whether the request still has to be counted against a primary limit. True once.
    pub(super) fn claim_primary(&self) -> bool {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !std::mem::replace(&mut met.primary_claimed, true)
    }

    /// Whether the request was the last that this limit of its caller admits for now.
    pub fn was_last(&self, limit: &str) -> bool {
        let met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        met.standings.iter().any(|standing| standing.limit.name == limit && standing.remaining == 0)
    }

    pub(super) fn note(&self, standing: Standing) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).standings.push(standing);
    }
}

/// Tells in an answer what its request met.
pub(in crate::http) fn set_headers(tally: &Tally, headers: &mut HeaderMap) {
    let met = tally.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut policies, mut limits) = (String::new(), String::new());
    for Standing { limit, remaining, grows_in } in &met.standings {
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
