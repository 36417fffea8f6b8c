//! Randomness, and the one place that asks the operating system for it.
//!
//! Handed down like the time, so that a test may fix it. Everything secret that the product invents (tokens,
//! codes, salts, nonces) and every id comes from here.

use std::sync::Arc;

use uuid::Uuid;

use crate::clock::Timestamp;

/// A source of random bytes.
pub trait Source: Send + Sync {
    /// Fills the slice with bytes that nobody can predict.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
struct OperatingSystem;

impl Source for OperatingSystem {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system for randomness")]
    #[expect(clippy::expect_used, reason = "without randomness no answer is safe; the runtime turns this into a 500")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// Random bytes, numbers and ids. Cheap to clone.
#[derive(Clone)]
pub struct Entropy(Arc<dyn Source>);

impl Entropy {
    /// Randomness of the operating system.
    pub fn operating_system() -> Self {
        Self(Arc::new(OperatingSystem))
    }

    /// Randomness of another source, for tests.
    pub fn from_source(source: impl Source + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A number below `bound`, every one equally likely: draws from the incomplete last span are thrown away.
    pub fn below(&self, bound: u32) -> u32 {
        let bound = bound.max(1);
        let fair = u32::MAX - u32::MAX % bound;
        loop {
            let draw = u32::from_be_bytes(self.bytes());
            if draw < fair {
                return draw % bound;
            }
        }
    }

    /// A UUID of version 7 (RFC 9562, section 5.7): ordered by `now`, 74 random bits.
    pub fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &self.bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `0xFF` first (the incomplete last span), then a counter.
    struct Scripted(std::sync::Mutex<u8>);

    impl Source for Scripted {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            bytes.fill(*next);
            *next = next.wrapping_add(1);
        }
    }

    #[test]
    fn draws_that_would_favour_small_numbers_are_thrown_away() {
        let entropy = Entropy::from_source(Scripted(std::sync::Mutex::new(0xFF)));
        assert_eq!(entropy.below(100_000_000), 0, "0xFFFFFFFF lies in the incomplete span, 0 is the next draw");
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made_at() {
        let entropy = Entropy::operating_system();
        let early = entropy.uuid_v7(Timestamp::from_millisecond(1_000).unwrap());
        let late = entropy.uuid_v7(Timestamp::from_millisecond(1_001).unwrap());
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }
}
