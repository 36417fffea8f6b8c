//! Which factors an account has. The list lies on the account's own row, so that every request that reads the account
//! knows it, and a sign-in learns without a further read whether to ask for one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::dynamo::{Key, keys};
use crate::id::AccountId;

/// A kind of second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// An authenticator app, which shows a new code every thirty seconds.
    Totp,
    /// A code that was written down, for when the others are lost.
    RecoveryCode,
}

impl Factor {
    /// Whether it is a second factor by itself. Recovery codes only stand in for others.
    pub(super) fn stands_alone(self) -> bool {
        match self {
            Self::Totp => true,
            Self::RecoveryCode => false,
        }
    }

    /// The name that rows carry.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// Where it lies.
    pub(crate) fn key(self, account: AccountId) -> Key {
        match self {
            Self::Totp => keys::totp(account),
            Self::RecoveryCode => keys::recovery_codes(account),
        }
    }

    /// The field of a request in which it is shown.
    fn method(self) -> &'static str {
        match self {
            Self::Totp => "totp_code",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// A factor that an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Which.
    pub factor: Factor,
    /// Since when.
    pub added_at: Timestamp,
}

/// The factors of an account, oldest first. With none that stands alone there are no recovery codes either.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Factors(Vec<Enrolled>);

impl Factors {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Enrolled> {
        self.0.iter()
    }

    /// Whether this one is among them.
    pub fn has(&self, factor: Factor) -> bool {
        self.0.iter().any(|enrolled| enrolled.factor == factor)
    }

    /// The fields in which they are shown, as `POST /api/auth/token/mfa` and `POST /api/auth/step-up` take them.
    pub fn methods(&self) -> Vec<&'static str> {
        self.0.iter().map(|enrolled| enrolled.factor.method()).collect()
    }

    /// The same with this factor, enrolled now, in the place of an older one of its kind.
    #[must_use]
    pub fn with(&self, factor: Factor, now: Timestamp) -> Self {
        let others = self.0.iter().filter(|enrolled| enrolled.factor != factor).copied();
        Self(others.chain([Enrolled { factor, added_at: now }]).collect())
    }

    /// The same without this factor.
    #[must_use]
    pub fn without(&self, factor: Factor) -> Self {
        self.only(|enrolled| enrolled.factor != factor)
    }

    /// Those that were there before this moment.
    #[must_use]
    pub fn before(&self, moment: Timestamp) -> Self {
        self.only(|enrolled| enrolled.added_at < moment)
    }

    fn only(&self, keep: impl Fn(&Enrolled) -> bool) -> Self {
        let kept: Vec<Enrolled> = self.0.iter().copied().filter(keep).collect();
        if kept.iter().any(|enrolled| enrolled.factor.stands_alone()) { Self(kept) } else { Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millisecond(second * 1000).unwrap()
    }

    #[test]
    fn recovery_codes_go_with_the_last_factor_that_they_stand_in_for() {
        let both = Factors::default().with(Factor::Totp, at(1)).with(Factor::RecoveryCode, at(1));
        assert_eq!(both.methods(), ["totp_code", "recovery_code"]);
        assert!(both.without(Factor::Totp).is_empty());
        assert_eq!(both.without(Factor::RecoveryCode).methods(), ["totp_code"]);
    }

    #[test]
    fn what_was_added_later_is_told_from_what_was_there_before() {
        let mine = Factors::default().with(Factor::Totp, at(1)).with(Factor::RecoveryCode, at(1));
        let renewed = mine.with(Factor::RecoveryCode, at(9));
        assert_eq!(renewed.before(at(5)).methods(), ["totp_code"], "codes of somebody else's are none of mine");
        assert!(mine.with(Factor::Totp, at(9)).before(at(5)).is_empty());
        assert_eq!(mine.before(at(5)), mine);
    }
}
