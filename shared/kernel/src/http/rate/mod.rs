//! Rate limits: sliding windows that never admit more than their limit.
//!
//! [`crate::rate`] counts; here requests are admitted ([`admit`]), tries are counted before they are made, and given back when
//! they were right ([`reserve`]), and what no rule counts is counted (`visits`).
//!
//! Every request counts against the primary limit: a user's own once a credential was found alive, else that of the
//! address. An address is counted together with the first read, in the update that is made for it anyway; a user right
//! after it, so that what is revoked uses up nothing of its owner's (most of the time a lease covers it, and nothing is
//! asked). Both come before a hash, a mail or a key is paid for. What no rule counted, since it was refused for its form,
//! its path or its credential, counts for the address when its answer is there (`visits`).

mod reserve;
mod visits;

pub(super) use crate::rate::set_headers;
pub use crate::rate::{
    Counted, Leases, Limit, Mailbox, MailboxLimits, Rate, RateMalformed, Subject, Tally, Target, keys,
};
pub use reserve::{MailKind, Reservable, Reservation, add_failure, reserve, reserve_mail};
pub(super) use visits::{answer_and_count, answer_head, count, count_for_nobody, count_visit};

use super::Problem;
use crate::dynamo::present;
use crate::fault::Fault;
use crate::http::client::Client;
use crate::kernel::Kernel;
use crate::rate::{Draw, counter};

impl Subject {
    /// The source IP address of this request: one of IPv4, or the /64 of one of IPv6.
    pub fn address(client: &Client) -> Self {
        Self::of_address(client.address)
    }
}

/// Why a request may not go on.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The limit is used up for so many seconds.
    #[error("the limit is used up for {0} seconds")]
    Limited(u32),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl Refused {
    /// The one of two that takes longer, or the store's failure.
    #[must_use]
    pub fn longest(self, other: Self) -> Self {
        match (self, other) {
            (Self::Limited(one), Self::Limited(other)) => Self::Limited(one.max(other)),
            (failed @ Self::Failed(_), _) | (_, failed @ Self::Failed(_)) => failed,
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Limited(seconds) => Self::rate_limited(seconds),
            Refused::Failed(fault) => fault.into(),
        }
    }
}

/// Counts a request of this subject against these limits, and against the primary one if nothing of the request was
/// counted yet. 1 `UpdateItem`, 1 write unit per KB; none where a lease covers it all; now and then one more, which
/// sweeps.
///
/// A refused try counts as well: who keeps hammering stays out.
pub async fn admit(
    kernel: &Kernel,
    client: &Client,
    subject: Subject,
    limits: impl AsRef<[Limit]>,
) -> Result<(), Refused> {
    let mut adds: Vec<(Limit, u32)> = limits.as_ref().iter().map(|limit| (*limit, 1)).collect();
    let callers = &kernel.config.callers;
    let primary = subject.primary(callers.anonymous, callers.person).filter(|_| client.tally.claim_primary());
    if let Some(primary) = primary {
        match kernel.leases.draw(subject.counted(), primary, client.now) {
            Draw::Admitted(standing) => client.tally.note(&subject, standing),
            Draw::Closed(standing) => {
                client.tally.note(&subject, standing);
                return Err(Refused::Limited(standing.grows_in));
            }
            Draw::Ask(amount) => adds.insert(0, (primary, amount)),
        }
    }
    if adds.is_empty() {
        return Ok(());
    }
    let counts = counter::add(&kernel.store, subject.counted(), &adds, client.now).await?;
    let mut refused: Option<u32> = None;
    for (limit, amount) in adds {
        let look = limit.rate.look(client.now, |slice| counts.of(limit, slice));
        let granted = look.granted(amount);
        let standing = if primary == Some(limit) {
            kernel.leases.settle(subject.counted(), limit, look, granted, client.now)
        } else {
            look.standing(limit)
        };
        client.tally.note(&subject, standing);
        if granted == 0 {
            refused = refused.max(Some(look.retry_after));
        }
    }
    refused.map_or(Ok(()), |seconds| Err(Refused::Limited(seconds)))
}

/// Forgets all that is counted of somebody or something: 1 `DeleteItem`, 1 write unit.
pub async fn forget(kernel: &Kernel, counted: impl Into<Counted>) -> Result<(), Fault> {
    kernel.store.delete(&counted.into().key(), &present()).await.map(drop)
}

/// Counts a request of nobody known, which meets no limit but the primary one of its address: what [`admit`] costs.
pub async fn admit_visit(kernel: &Kernel, client: &Client) -> Result<(), Refused> {
    admit(kernel, client, Subject::address(client), []).await
}
