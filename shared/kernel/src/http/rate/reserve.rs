//! Tries that are counted before they are made: guesses at a password, mails to somebody else's address.
//!
//! A try is reserved before its hash is computed, so that two hundred tries at once get no more answers than the
//! limit has; and it is given back when it was right. Given back, not forgiven: were the counter reset by success, then
//! whoever can succeed with one password (that of an own registration of the address) could guess without end at
//! another. What is refused does not count either, or who never stops asking would keep the user out for good.

use jiff::SignedDuration;

use super::{Counted, Limit, Mailbox, Refused, Subject, Target};
use crate::clock::Timestamp;
use crate::dynamo::Update;
use crate::fault::Fault;
use crate::http::client::Client;
use crate::kernel::Kernel;
use crate::rate::{Look, counter};

/// What tries are reserved for: a [`Target`], or a caller. Mails are reserved by [`reserve_mail`].
pub trait Reservable: Into<Counted> {}

impl Reservable for Subject {}
impl Reservable for Target {}

/// A try that is counted.
#[derive(Debug)]
#[must_use = "a right try is given back"]
pub struct Reservation {
    counted: Counted,
    limits: Vec<Limit>,
    at: Timestamp,
    is_last: bool,
    closed_for: u32,
}

/// Counts a try against all of these limits, before it is made. 1 `UpdateItem`, 1 write unit; 1 more if it is refused.
///
/// Several limits of growing length make a delay that grows: who has used up five in five minutes waits for minutes, who
/// has used up fifty in a day waits for hours.
pub async fn reserve(
    kernel: &Kernel,
    client: &Client,
    whose: impl Reservable,
    limits: impl AsRef<[Limit]>,
) -> Result<Reservation, Refused> {
    reserve_for(kernel, client, whose.into(), limits.as_ref().to_vec()).await
}

/// What a stranger can have mailed. Each kind has its part of what one mailbox gets in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// It asks whether an address agrees: a registration, a new address of an account.
    Proof,
    /// It carries a code or a link for an account.
    Code,
}

/// Counts a mail that somebody asks for, before it is written: against these limits, and against the kind's part of the
/// sum of what strangers can have mailed to a mailbox, over all routes. What [`reserve`] costs. A mail that goes out stays
/// counted.
pub async fn reserve_mail(
    kernel: &Kernel,
    client: &Client,
    mailbox: Mailbox,
    kind: MailKind,
    limits: impl AsRef<[Limit]>,
) -> Result<Reservation, Refused> {
    let parts = &kernel.config.mailboxes;
    let part = match kind {
        MailKind::Proof => parts.proofs,
        MailKind::Code => parts.codes,
    };
    let limits = limits.as_ref().iter().copied().chain([part]).collect();
    reserve_for(kernel, client, mailbox.into(), limits).await
}

/// Adds a failure to these limits that no reservation was made for, since what it is counted for was known too late. Tells
/// whether it was the last that one of them admits. 1 `UpdateItem`, 1 write unit, whatever is counted already.
pub async fn add_failure(
    kernel: &Kernel,
    client: &Client,
    target: Target,
    limits: impl AsRef<[Limit]>,
) -> Result<bool, Fault> {
    let looks = count(kernel, client, &target.into(), limits.as_ref()).await?;
    Ok(looks.iter().any(|look| look.is_used_up() && look.granted(1) == 1))
}

async fn reserve_for(
    kernel: &Kernel,
    client: &Client,
    counted: Counted,
    limits: Vec<Limit>,
) -> Result<Reservation, Refused> {
    let looks = count(kernel, client, &counted, &limits).await?;
    let wait = looks.iter().filter(|look| look.granted(1) == 0).map(|look| look.retry_after).max();
    let is_last = looks.iter().any(|look| look.is_used_up());
    let closed_for = looks.iter().filter(|look| look.is_used_up()).map(|look| look.retry_after).max().unwrap_or(0);
    let reservation = Reservation { counted, limits, at: client.now, is_last, closed_for };
    match wait {
        None => Ok(reservation),
        Some(seconds) => {
            reservation.give_back(kernel).await?;
            Err(Refused::Limited(seconds))
        }
    }
}

async fn count(kernel: &Kernel, client: &Client, counted: &Counted, limits: &[Limit]) -> Result<Vec<Look>, Fault> {
    let adds: Vec<(Limit, u32)> = limits.iter().map(|limit| (*limit, 1)).collect();
    let counts = counter::add(&kernel.store, counted, &adds, client.now).await?;
    Ok(limits.iter().map(|limit| limit.rate.look(client.now, |slice| counts.of(*limit, slice))).collect())
}

impl Reservation {
    /// Whether it uses up one of its limits: if it is not given back, the next try is refused.
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// How long nothing more is admitted after this, if it is not given back; zero while its limits leave something.
    pub fn closed_for(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.closed_for))
    }

    /// What [`reserve`] gave in this request, for who is called without it.
    pub fn of(client: &Client, whose: impl Reservable, limits: impl AsRef<[Limit]>) -> Self {
        Self { counted: whose.into(), limits: limits.as_ref().to_vec(), at: client.now, is_last: false, closed_for: 0 }
    }

    /// Takes the try back in the transaction of the act that it allowed: 1 item.
    pub fn giving_back(&self) -> Update {
        counter::taking_back(&self.counted, &self.limits, self.at)
    }

    /// Takes the try back: 1 `UpdateItem`, 1 write unit.
    pub async fn give_back(self, kernel: &Kernel) -> Result<(), Fault> {
        counter::take_back(&kernel.store, &self.counted, &self.limits, self.at).await
    }
}
