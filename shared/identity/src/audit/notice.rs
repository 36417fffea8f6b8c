//! Notices of suspicious activity: a person is mailed at most one of each kind a day, however often it happens.
//!
//! Otherwise whoever can make us suspicious could fill the mailbox of somebody else.

use std::borrow::Cow;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Suspicion, keys};
use crate::accounts::AccountId;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, absent, below};

/// How long there is no second notice of a kind.
const QUIET: SignedDuration = SignedDuration::from_hours(24);

/// That a person was told of a suspicion. Written in the transaction of the mail, on the condition that it is due.
#[derive(Debug, Serialize, Deserialize)]
pub struct Notice {
    account_id: AccountId,
    kind: Cow<'static, str>,
    quiet_until: Timestamp,
    ttl: i64,
}

impl Notice {
    /// A notice of this kind to the person of this account.
    pub fn of(account_id: AccountId, kind: Suspicion, now: Timestamp) -> Self {
        let quiet_until = now.plus(QUIET);
        Self { account_id, kind: Cow::Borrowed(kind.word()), quiet_until, ttl: quiet_until.as_second() }
    }

    /// The condition on which it may be sent: there was none of its kind within a day.
    pub fn is_due(now: Timestamp) -> Condition {
        absent().or(below("quiet_until", now))
    }
}

impl Row for Notice {
    const ENTITY: Entity = keys::SECURITY_NOTICE;

    fn key(&self) -> Key {
        keys::security_notice(self.account_id, &self.kind)
    }
}
