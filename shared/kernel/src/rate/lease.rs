//! Leases: what an environment may admit of a large limit without asking for each request.
//!
//! A lease is counted when it is taken, so the limit is never exceeded; what of it is not used is lost. It dies with
//! the slice of the window in which it was counted: used later it would outlive its count. So that many
//! environments do not take a limit and let it lie, a lease is no larger than what the environment has used in the
//! slice, and never more than 1 %: at least half of the limit is admitted however many environments there are, and
//! all but 1 % for each environment and slice. What that saves: docs/decisions/rate-leases.md.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::tally::Standing;
use super::window::Look;
use super::{Counted, Limit};
use crate::clock::Timestamp;
use crate::dynamo::Key;

/// How many leases an environment holds. Beyond that it forgets them, which loses what is left of them and no more.
const MOST: usize = 4_096;

/// The leases of one environment.
#[derive(Default)]
pub struct Leases(Mutex<HashMap<(Key, String), Lease>>);

/// A share of a limit, good until its slice ends.
#[derive(Debug, Clone, Copy)]
struct Lease {
    until_ms: i64,
    left: u32,
    used: u32,
    /// What the limit had left for everybody when the lease was taken.
    unleased: u32,
    grows_in: u32,
    /// Nobody is admitted before this.
    closed_until_ms: i64,
}

/// What came of a request for a share.
pub(crate) enum Draw {
    /// The lease covers it.
    Admitted(Standing),
    /// The limit is known to be used up.
    Closed(Standing),
    /// The counter must be asked, for so many.
    Ask(u32),
}

impl Leases {
    /// Takes one of what the environment holds of a limit.
    pub(crate) fn draw(&self, counted: &Counted, limit: Limit, now: Timestamp) -> Draw {
        let largest = limit.largest_lease();
        if largest == 1 {
            return Draw::Ask(1);
        }
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lease) = leases.get_mut(&name(counted, limit)) else { return Draw::Ask(1) };
        let wait_ms = lease.closed_until_ms - now.as_millisecond();
        if wait_ms > 0 {
            let grows_in = u32::try_from(wait_ms / 1000 + 1).unwrap_or(u32::MAX);
            return Draw::Closed(Standing { limit, remaining: 0, grows_in });
        }
        if lease.until_ms != limit.rate.slice_ends_at_ms(now) {
            return Draw::Ask(1);
        }
        if lease.left == 0 {
            return Draw::Ask(lease.used.clamp(1, largest));
        }
        lease.left -= 1;
        lease.used = lease.used.saturating_add(1);
        let remaining = lease.unleased.saturating_add(lease.left);
        Draw::Admitted(Standing { limit, remaining, grows_in: lease.grows_in })
    }

    /// Notes how much was granted, of which the asking request uses one.
    pub(crate) fn settle(&self, counted: &Counted, limit: Limit, look: Look, granted: u32, now: Timestamp) -> Standing {
        let standing = look.standing(limit);
        if limit.largest_lease() == 1 {
            return standing;
        }
        let until_ms = limit.rate.slice_ends_at_ms(now);
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if leases.len() >= MOST {
            leases.retain(|_, lease| lease.until_ms.max(lease.closed_until_ms) > now.as_millisecond());
        }
        if leases.len() >= MOST {
            leases.clear();
        }
        let fresh = Lease { until_ms, left: 0, used: 0, unleased: 0, grows_in: 0, closed_until_ms: 0 };
        let lease = leases.entry(name(counted, limit)).or_insert(fresh);
        if lease.until_ms != until_ms {
            *lease = fresh;
        }
        lease.unleased = standing.remaining;
        lease.grows_in = standing.grows_in;
        if granted == 0 {
            lease.closed_until_ms = now.as_millisecond() + i64::from(look.retry_after) * 1000;
            return standing;
        }
        lease.left = lease.left.saturating_add(granted - 1);
        lease.used = lease.used.saturating_add(1);
        Standing { remaining: lease.unleased.saturating_add(lease.left), ..standing }
    }
}

fn name(counted: &Counted, limit: Limit) -> (Key, String) {
    (counted.key(), counted.prefix(limit))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::http::client::Client;
    use crate::http::rate::Subject;

    fn counted() -> Counted {
        Subject::address(&Client::for_tests("::1")).into()
    }

    const WINDOW_MS: i64 = 60_000;

    /// The counter, without a store: what environments see of each other.
    #[derive(Default)]
    struct Shared(BTreeMap<i64, u32>);

    impl Shared {
        fn admits(&mut self, environment: &Leases, limit: Limit, at_ms: i64) -> bool {
            let (now, subject) = (Timestamp::from_millisecond(at_ms).unwrap(), counted());
            let amount = match environment.draw(&subject, limit, now) {
                Draw::Admitted(_) => return true,
                Draw::Closed(_) => return false,
                Draw::Ask(amount) => amount,
            };
            *self.0.entry(limit.rate.slice(now)).or_default() += amount;
            let look = limit.rate.look(now, |slice| self.0.get(&slice).copied().unwrap_or(0));
            let granted = look.granted(amount);
            environment.settle(&subject, limit, look, granted, now);
            granted > 0
        }
    }

    fn limit(requests: u32) -> Limit {
        Limit::primary("test", format!("{requests}/min").parse().unwrap())
    }

    #[test]
    fn a_thousand_a_window_are_asked_for_one_by_one_and_more_by_the_hundredth() {
        assert_eq!(limit(1000).largest_lease(), 1);
        assert_eq!(limit(1001).largest_lease(), 10);
        assert_eq!(limit(5000).largest_lease(), 50);
        assert_eq!(Limit::new("test", "5000/hour".parse().unwrap()).largest_lease(), 1);
    }

    #[test]
    fn an_environment_that_is_used_much_asks_seldom() {
        let (environment, mut shared) = (Leases::default(), Shared::default());
        let subject = counted();
        let now = Timestamp::from_millisecond(0).unwrap();
        let mut asked = 0;
        for _ in 0..1000 {
            asked += u32::from(matches!(environment.draw(&subject, limit(5000), now), Draw::Ask(_)));
            assert!(shared.admits(&environment, limit(5000), 0));
        }
        assert!(asked < 30, "{asked}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

        #[test]
        fn no_window_admits_more_than_the_limit_however_many_environments_lease(
            environments in 1_usize..60,
            steps in proptest::collection::vec((0_usize..60, 0_i64..120), 1500..4000),
        ) {
            let (limit, mut shared) = (limit(1200), Shared::default());
            let leases: Vec<Leases> = (0..environments).map(|_| Leases::default()).collect();
            let mut admitted = std::collections::VecDeque::new();
            let mut at_ms = 0;
            for (environment, gap) in steps {
                at_ms += gap;
                if shared.admits(&leases[environment % environments], limit, at_ms) {
                    admitted.push_back(at_ms);
                    while admitted.front().is_some_and(|earlier| at_ms - earlier >= WINDOW_MS) {
                        admitted.pop_front();
                    }
                    prop_assert!(admitted.len() <= 1200, "{}", admitted.len());
                }
            }
        }

        #[test]
        fn what_leases_lose_is_less_than_half_and_a_hundredth_for_each_environment(
            environments in 1_usize..400,
            order in proptest::collection::vec(any::<u16>(), 5000),
        ) {
            let (limit, mut shared) = (limit(2000), Shared::default());
            let leases: Vec<Leases> = (0..environments).map(|_| Leases::default()).collect();
            let tries = order.iter().map(|n| usize::from(*n) % environments);
            // Until the counter refuses: what is admitted by then is all that one slice admits, but for leases that are left.
            let mut admitted = 0;
            for environment in tries {
                if !shared.admits(&leases[environment], limit, 0) {
                    break;
                }
                admitted += 1;
            }
            prop_assert!(admitted <= 2000);
            prop_assert!(admitted >= 1000, "{admitted} of 2000 by {environments} environments");
            prop_assert!(admitted + 20 * environments >= 2000, "{admitted} of 2000 by {environments} environments");
        }
    }
}
