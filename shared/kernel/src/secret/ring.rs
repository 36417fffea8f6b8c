//! A ring of numbered keys: one is used for what is new, the others for what is there.
//!
//! Environments read their secrets every few minutes, not together. So a new key is first only known, and used when
//! every environment knows it: otherwise one would seal with a key that another cannot open with. What becomes of a
//! key that was replaced differs: a pepper stays for ever, a key of tags goes with the last session that has one
//! ([`Ring::drop_replaced_before`]), and a sealing key goes when nothing is sealed with it any more
//! ([`Ring::drop_before`]).

use std::collections::BTreeMap;
use std::ops::Bound;

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

    /// Since when the current key is used.
    pub fn current_since(&self) -> Option<Timestamp> {
        self.keys.values().rev().find_map(|key| key.used_from)
    }

    /// The keys that something made at `since` or later can have been made with, the current one first, then the newest
    /// first. One that is not used yet is among them, since another environment may use it already. A key counts as used for
    /// as long after it was replaced as an environment may take to read the secret again.
    pub fn keys_since(&self, since: Timestamp) -> impl Iterator<Item = &KeyMaterial> {
        let current = self.current();
        let others = self.keys.iter().rev().filter(move |(number, _)| {
            Some(**number) != current.map(|(one, _)| one) && !self.is_replaced_before(**number, since)
        });
        current.map(|(_, key)| key).into_iter().chain(others.map(|(_, key)| &key.key))
    }

    /// Whether no environment has used this key since then.
    fn is_replaced_before(&self, number: u32, since: Timestamp) -> bool {
        let mut newer = self.keys.range((Bound::Excluded(number), Bound::Unbounded));
        let replaced_at = newer.find_map(|(_, key)| key.used_from);
        replaced_at.is_some_and(|replaced_at| replaced_at.plus(Self::KNOWN_FOR) < since)
    }

    /// Drops the keys that were replaced before `since`, and names them.
    pub fn drop_replaced_before(&mut self, since: Timestamp) -> Vec<u32> {
        let numbers = self.keys.keys().copied();
        let dropped: Vec<u32> = numbers.filter(|number| self.is_replaced_before(*number, since)).collect();
        self.keys.retain(|number, _| !dropped.contains(number));
        dropped
    }

    /// Drops the keys with lower numbers than this one, and names them.
    pub fn drop_before(&mut self, number: u32) -> Vec<u32> {
        let kept = self.keys.split_off(&number);
        std::mem::replace(&mut self.keys, kept).into_keys().collect()
    }

    /// Takes the next step: begins to use an added key that has been known for long enough, or adds a key.
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

    /// Adds a key at one moment and uses it ten minutes later.
    fn replace(ring: &mut Ring, from: i64) {
        let entropy = Entropy::operating_system();
        ring.rotate(&entropy, at(from));
        ring.rotate(&entropy, at(from + 10));
    }

    #[test]
    fn the_current_key_comes_first_and_one_that_is_not_used_yet_counts_too() {
        let entropy = Entropy::operating_system();
        let mut ring = Ring::generate(&entropy, at(0));
        ring.rotate(&entropy, at(0));
        let first = ring.keys_since(at(1_000)).next().unwrap().expose();
        assert_eq!(first, ring.get(1).unwrap().expose());
        assert_eq!(ring.keys_since(at(1_000)).count(), 2);
    }

    #[test]
    fn a_key_counts_until_all_that_was_made_with_it_is_over() {
        let mut ring = Ring::generate(&Entropy::operating_system(), at(0));
        replace(&mut ring, 100);
        replace(&mut ring, 200);
        // The first was replaced at 110, and another environment may have used it until 120.
        assert_eq!(ring.keys_since(at(120)).count(), 3);
        assert_eq!(ring.keys_since(at(121)).count(), 2);
        assert_eq!(ring.clone().drop_replaced_before(at(120)), Vec::<u32>::new());
        assert_eq!(ring.drop_replaced_before(at(121)), [1]);
        assert_eq!(ring.drop_replaced_before(at(10_000)), [2], "the current one stays");
        assert_eq!(ring.current().unwrap().0, 3);
    }

    #[test]
    fn the_number_of_a_key_that_was_dropped_is_never_given_again() {
        let entropy = Entropy::operating_system();
        let mut ring = Ring::generate(&entropy, at(0));
        replace(&mut ring, 100);
        assert_eq!(ring.drop_before(2), [1]);
        assert_eq!(ring.current_since(), Some(at(110)));
        assert_eq!(ring.rotate(&entropy, at(200)), RingStep::Added(3));
        assert_eq!(ring.drop_before(2), Vec::<u32>::new());
    }
}
