//! A ring of numbered keys: one is used for what is new, all of them for what is there.
//!
//! Environments read their secrets every few minutes, not together. So a new key is first only known, and used when
//! every environment knows it: otherwise one would seal with a key that another cannot open with.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::KeyMaterial;
use crate::clock::Timestamp;
use crate::entropy::Entropy;

/// Keys by number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    keys: BTreeMap<u32, RingKey>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RingKey {
    key: KeyMaterial,
    added_at: Timestamp,
    used_from: Option<Timestamp>,
}

/// What one call of [`Ring::rotate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingStep {
    /// A key was added; it is known and not used yet.
    Added(u32),
    /// The added key is used from now on.
    Used(u32),
    /// The added key may be used from this instant on.
    NotBefore(Timestamp),
}

impl Ring {
    /// How long a key is known before it is used: twice the time after which environments read secrets again.
    pub const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(10);

    /// A ring of one fresh key, in use.
    pub fn generate(entropy: &Entropy, now: Timestamp) -> Self {
        let key = RingKey { key: KeyMaterial::new(entropy.bytes()), added_at: now, used_from: Some(now) };
        Self { keys: BTreeMap::from([(1, key)]) }
    }

    /// The key for what is new; none in a ring that nobody can work with.
    pub fn current(&self) -> Option<(u32, &KeyMaterial)> {
        self.keys.iter().rev().find(|(_, key)| key.used_from.is_some()).map(|(number, key)| (*number, &key.key))
    }

    /// The key with this number.
    pub fn get(&self, number: u32) -> Option<&KeyMaterial> {
        self.keys.get(&number).map(|key| &key.key)
    }

    /// The key with the lowest number.
    pub fn first(&self) -> Option<&KeyMaterial> {
        self.keys.values().next().map(|key| &key.key)
    }

    /// Every key, the current one first, then the newest first.
    pub fn keys(&self) -> impl Iterator<Item = &KeyMaterial> {
        let current = self.current();
        let others = self.keys.iter().rev().filter(move |(number, _)| Some(**number) != current.map(|(one, _)| one));
        current.map(|(_, key)| key).into_iter().chain(others.map(|(_, key)| &key.key))
    }

    /// Takes the next step: begins to use an added key that has been known for long enough, or adds a key. None is ever
    /// removed: who has not signed in since a pepper was replaced is still hashed with it, and the secret of an
    /// authenticator app stays sealed with its key for as long as the app is a factor.
    pub fn rotate(&mut self, entropy: &Entropy, now: Timestamp) -> RingStep {
        if let Some((number, key)) = self.keys.iter_mut().next_back().filter(|(_, key)| key.used_from.is_none()) {
            let ready_at = key.added_at.plus(Self::KNOWN_FOR);
            if now < ready_at {
                return RingStep::NotBefore(ready_at);
            }
            key.used_from = Some(now);
            return RingStep::Used(*number);
        }
        let number = self.keys.last_key_value().map_or(1, |(number, _)| number.saturating_add(1));
        let key = RingKey { key: KeyMaterial::new(entropy.bytes()), added_at: now, used_from: None };
        self.keys.insert(number, key);
        RingStep::Added(number)
    }

    #[cfg(test)]
    pub(crate) fn of(numbers: &[u32]) -> Self {
        let now = Timestamp::from_millisecond(0).unwrap();
        let key = |number: &u32| RingKey {
            key: KeyMaterial::new([u8::try_from(*number).unwrap(); 32]),
            added_at: now,
            used_from: Some(now),
        };
        Self { keys: numbers.iter().map(|number| (*number, key(number))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millisecond(minutes * 60_000).unwrap()
    }

    #[test]
    fn a_new_key_is_known_to_all_before_it_is_used() {
        let entropy = Entropy::operating_system();
        let mut ring = Ring::generate(&entropy, at(0));
        assert_eq!(ring.rotate(&entropy, at(100)), RingStep::Added(2));
        assert_eq!(ring.current().unwrap().0, 1);
        assert!(ring.get(2).is_some());
        assert_eq!(ring.rotate(&entropy, at(109)), RingStep::NotBefore(at(110)));
        assert_eq!(ring.rotate(&entropy, at(110)), RingStep::Used(2));
        assert_eq!(ring.current().unwrap().0, 2);
        assert!(ring.get(1).is_some(), "what was made with it must still open");
    }

    #[test]
    fn the_current_key_comes_first() {
        let entropy = Entropy::operating_system();
        let mut ring = Ring::generate(&entropy, at(0));
        ring.rotate(&entropy, at(0));
        let first = ring.keys().next().unwrap().expose();
        assert_eq!(first, ring.get(1).unwrap().expose());
        assert_eq!(ring.keys().count(), 2);
    }
}
