//! Which claims on addresses must be written when an account's address changes, forwards or back.
//!
//! The state is the present address and the chain. The claims follow from it: the present address is claimed, those of
//! the chain are held, and no other is the account's. So a change of the state is a difference of two sets.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::Chain;
use crate::accounts::EmailAddress;
use latchkey_kernel::clock::Timestamp;

/// What an account's addresses are.
pub(super) struct State<'a> {
    pub(super) present: &'a EmailAddress,
    pub(super) chain: &'a Chain,
}

/// How an address belongs to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// It is the account's address.
    Present,
    /// It was, and nobody else may have it until then.
    Held(Timestamp),
}

/// A claim to write, by the address's normalised form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// An address that is not the account's yet becomes it.
    Take(String),
    /// A held address becomes the account's again.
    Return(String),
    /// An address that is or was the account's is held until then.
    Hold(String, Timestamp),
    /// An address that is or was the account's is anybody's.
    Release(String),
}

impl State<'_> {
    fn claims(&self) -> BTreeMap<String, Claim> {
        let mut claims: BTreeMap<_, _> =
            self.chain.held().into_iter().map(|(address, until)| (address, Claim::Held(until))).collect();
        claims.insert(self.present.normalised(), Claim::Present);
        claims
    }

    /// What is to be written so that the claims are those of `next`.
    pub(super) fn changes_to(&self, next: &State) -> Vec<Change> {
        let (before, after) = (self.claims(), next.claims());
        let addresses: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let change = |address: &String| match (before.get(address), after.get(address)) {
            (before, after) if before == after => None,
            (None, Some(Claim::Present)) => Some(Change::Take(address.clone())),
            (Some(_), Some(Claim::Present)) => Some(Change::Return(address.clone())),
            (_, Some(Claim::Held(until))) => Some(Change::Hold(address.clone(), *until)),
            (_, None) => Some(Change::Release(address.clone())),
        };
        addresses.into_iter().filter_map(change).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::chain::{Step, UNDO_LIFE};
    use super::*;
    use latchkey_kernel::secret::Digest;

    fn address(number: u8) -> EmailAddress {
        EmailAddress::parse(&format!("{number}@example.com")).unwrap()
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_millisecond(hour * 3_600_000).unwrap()
    }

    /// What the store would hold after these changes; each must meet what it expects to find there.
    fn apply(store: &mut BTreeMap<String, Claim>, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Take(address) => assert_eq!(store.insert(address, Claim::Present), None),
                Change::Return(address) => {
                    assert!(matches!(store.insert(address, Claim::Present), Some(Claim::Held(_))));
                }
                Change::Hold(address, until) => assert!(store.insert(address, Claim::Held(until)).is_some()),
                Change::Release(address) => assert!(store.remove(&address).is_some()),
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_changed_and_undone_the_claims_are_those_of_the_state(
            acts in proptest::collection::vec((0_u8..5, 0_usize..12, any::<bool>(), 0_i64..60), 1..60),
        ) {
            let (mut present, mut chain) = (address(0), Chain::default());
            let mut store = State { present: &present, chain: &chain }.claims();
            let mut hour = 0;
            for (number, place, undo, pause) in acts {
                hour += pause;
                let live = Chain::of(chain.steps().to_vec(), at(hour));
                // What has expired anybody could have taken.
                store.retain(|_, claim| !matches!(claim, Claim::Held(until) if *until <= at(hour)));
                let next = if undo {
                    let Some(step) = live.steps().get(place) else { continue };
                    let (step, left) = live.undone(step.link).unwrap();
                    (step.address.clone(), left)
                } else {
                    if address(number) == present {
                        continue;
                    }
                    let link = Digest::of(&hour.to_be_bytes().into_iter().chain([number]).collect::<Vec<u8>>());
                    let step = Step { link, address: present.clone(), until: at(hour).plus(UNDO_LIFE) };
                    match live.extended(step) {
                        Ok(chain) => (address(number), chain),
                        Err(_) => continue,
                    }
                };
                let changes = State { present: &present, chain: &live }
                    .changes_to(&State { present: &next.0, chain: &next.1 });
                prop_assert!(changes.len() <= 12);
                apply(&mut store, changes);
                (present, chain) = next;
                prop_assert_eq!(&store, &State { present: &present, chain: &chain }.claims());
            }
        }
    }

    #[test]
    fn undoing_the_first_of_two_changes_leaves_nothing_of_either() {
        let step =
            |link: u8, given_up: u8| Step { link: Digest::of(&[link]), address: address(given_up), until: at(200) };
        let chain = Chain::default().extended(step(1, 0)).unwrap().extended(step(2, 1)).unwrap();
        let (_, left) = chain.undone(Digest::of(&[1])).unwrap();
        let (present, restored) = (address(2), address(0));
        let changes =
            State { present: &present, chain: &chain }.changes_to(&State { present: &restored, chain: &left });
        let text = |number: u8| format!("{number}@example.com");
        assert_eq!(changes, [Change::Return(text(0)), Change::Release(text(1)), Change::Release(text(2))]);
    }

    #[test]
    fn an_eleventh_change_waits_for_the_first_to_expire() {
        let mut chain = Chain::default();
        for hour in 0..10 {
            let step = Step { link: Digest::of(&[0]), address: address(0), until: at(100 + hour) };
            chain = chain.extended(step).unwrap();
        }
        let step = Step { link: Digest::of(&[0]), address: address(0), until: at(300) };
        assert_eq!(chain.extended(step.clone()).err(), Some(at(100)));
        assert!(Chain::of(chain.steps().to_vec(), at(100)).extended(step).is_ok());
    }
}
