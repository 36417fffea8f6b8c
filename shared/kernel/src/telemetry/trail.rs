//! What a request turned out to be about. It is found out on the way, by whoever reads a token or writes to the audit log,
//! and told in the one line that is logged of each request: who, what, with which factor, and how it ended.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::Metric;
use crate::id::Id;

/// The trail of one request. Clones share it.
#[derive(Clone, Default)]
pub struct Trail(Arc<Mutex<Told>>);

/// What is known of a request at its end.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Whose account it was about.
    pub account: Option<Uuid>,
    /// With what somebody showed, or tried to show, who they are.
    pub factor: Option<&'static str>,
    /// What was written to the audit log, or would have been had the request not failed.
    pub events: Vec<Happened>,
}

/// An event of the audit log, as the log and the metrics of a request tell it.
#[derive(Debug, Clone, Copy)]
pub struct Happened {
    /// Its name.
    pub name: &'static str,
    /// With what somebody showed, or tried to show, who they are.
    pub factor: Option<&'static str>,
    /// Whether what was tried came about. Such an event counts only if the request succeeds; a failure is itself an
    /// answer, and counts unless the fault is ours.
    pub succeeded: bool,
    /// What counts it.
    pub metric: Option<Metric>,
}

impl Trail {
    /// The request is about this account.
    pub fn about(&self, account: impl Id) {
        self.with(|told| told.account = Some(account.uuid()));
    }

    /// An event of the audit log. Noted again where a write is tried again, and told once.
    pub fn happened(&self, event: Happened) {
        self.with(|told| {
            if told.events.iter().all(|known| known.name != event.name) {
                told.events.push(event);
            }
            told.factor = event.factor.or(told.factor);
        });
    }

    /// All of it.
    pub fn told(&self) -> Told {
        let mut whole = Told::default();
        self.with(|told| whole = told.clone());
        whole
    }

    fn with(&self, act: impl FnOnce(&mut Told)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told().fmt(formatter)
    }
}
