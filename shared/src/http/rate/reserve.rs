//! Tries that are counted before they are made: guesses at a password, mails to somebody else's address.
//!
//! A try is reserved before its hash is computed, so that two hundred tries at once get no more answers than the
//! limit has; and it is given back when it was right. Given back, not forgiven: were the counter reset by success, then
//! whoever can succeed with one password (that of an own registration of the address) could guess without end at
//! another. What is refused does not count either, or who never stops asking would keep the person out for good.

use super::window::Look;
use super::{Limit, Refused, Subject, counter};
use crate::app::App;
use crate::client::Client;
use crate::clock::Timestamp;
use crate::dynamo::{StoreError, Update};

/// A try that is counted.
#[derive(Debug)]
#[must_use = "a right try is given back"]
pub struct Reservation {
    subject: Subject,
    limits: Vec<Limit>,
    at: Timestamp,
    is_last: bool,
}

/// Counts a try against all of these limits, before it is made. 1 `UpdateItem`, 1 write unit; 1 more if it is refused.
///
/// Several limits of growing length make a delay that grows: who has used up five in five minutes waits for minutes, who
/// has used up fifty in a day waits for hours.
pub async fn reserve(
    app: &App,
    client: &Client,
    subject: Subject,
    limits: impl AsRef<[Limit]>,
) -> Result<Reservation, Refused> {
    let limits = limits.as_ref();
    let adds: Vec<(Limit, u32)> = limits.iter().map(|limit| (*limit, 1)).collect();
    let counts = counter::add(&app.store, &subject, &adds, client.now).await?;
    let looks = limits.iter().map(|limit| limit.rate.look(client.now, |slice| counts.of(*limit, slice)));
    let looks: Vec<Look> = looks.collect();
    let wait = looks.iter().filter(|look| look.granted(1) == 0).map(|look| look.retry_after).max();
    let is_last = looks.iter().any(|look| look.is_used_up());
    let reservation = Reservation { subject, limits: limits.to_vec(), at: client.now, is_last };
    match wait {
        None => Ok(reservation),
        Some(seconds) => {
            reservation.give_back(app).await?;
            Err(Refused::Limited(seconds))
        }
    }
}

impl Reservation {
    /// Whether it uses up one of its limits: if it is not given back, the next try is refused.
    pub fn is_last_of(&self, subject: &Subject) -> bool {
        self.is_last && self.subject == *subject
    }

    /// What [`reserve`] gave in this request, for who is called without it.
    pub(crate) fn of(client: &Client, subject: Subject, limits: impl AsRef<[Limit]>) -> Self {
        Self { subject, limits: limits.as_ref().to_vec(), at: client.now, is_last: false }
    }

    /// Takes the try back in the transaction of the act that it allowed: 1 item.
    pub fn giving_back(&self) -> Update {
        counter::taking_back(&self.subject, &self.limits, self.at)
    }

    /// Takes the try back: 1 `UpdateItem`, 1 write unit.
    pub async fn give_back(self, app: &App) -> Result<(), StoreError> {
        counter::take_back(&app.store, &self.subject, &self.limits, self.at).await
    }
}
