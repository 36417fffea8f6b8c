//! Which factors an account has. The list lies on the account's own row, so that every request that reads the account
//! knows it, and a sign-in learns without a further read whether to ask for one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PasskeyId;
use latchkey_kernel::clock::Timestamp;

/// A kind of second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// An authenticator app, which shows a new code every thirty seconds.
    Totp,
    /// A passkey, which a device or a security key holds.
    Passkey,
    /// A code that was written down, for when the others are lost.
    RecoveryCode,
}

impl Factor {
    /// Whether it is a second factor by itself. Recovery codes only stand in for others.
    pub(crate) fn stands_alone(self) -> bool {
        match self {
            Self::Totp | Self::Passkey => true,
            Self::RecoveryCode => false,
        }
    }

    /// The name that rows carry.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// The field of a request in which it is shown.
    fn method(self) -> &'static str {
        match self {
            Self::Totp => "totp_code",
            Self::Passkey => "passkey",
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
    /// Which of them, of the one kind that an account may have several of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyId>,
}

impl Enrolled {
    fn is(&self, other: &Self) -> bool {
        (self.factor, self.passkey) == (other.factor, other.passkey)
    }
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

    /// Whether one of this kind is among them.
    pub fn has(&self, factor: Factor) -> bool {
        self.0.iter().any(|enrolled| enrolled.factor == factor)
    }

    /// The passkeys among them, at most [`crate::mfa::passkeys::MOST`].
    pub fn passkeys(&self) -> impl Iterator<Item = PasskeyId> {
        self.0.iter().filter_map(|enrolled| enrolled.passkey)
    }

    /// The fields in which they are shown, as `POST /api/auth/token/mfa` and `POST /api/auth/step-up` take them.
    pub fn methods(&self) -> Vec<&'static str> {
        let all = [Factor::Totp, Factor::Passkey, Factor::RecoveryCode];
        all.into_iter().filter(|factor| self.has(*factor)).map(Factor::method).collect()
    }

    /// The same with this factor, enrolled now, in the place of an older one of its kind.
    #[must_use]
    pub fn with(&self, factor: Factor, now: Timestamp) -> Self {
        self.and(Enrolled { factor, added_at: now, passkey: None })
    }

    /// The same with this passkey, enrolled now, beside others.
    #[must_use]
    pub fn with_passkey(&self, id: PasskeyId, now: Timestamp) -> Self {
        self.and(Enrolled { factor: Factor::Passkey, added_at: now, passkey: Some(id) })
    }

    /// The same without this factor.
    #[must_use]
    pub fn without(&self, factor: Factor) -> Self {
        self.only(|enrolled| enrolled.factor != factor)
    }

    /// The same without this passkey.
    #[must_use]
    pub fn without_passkey(&self, id: PasskeyId) -> Self {
        self.only(|enrolled| enrolled.passkey != Some(id))
    }

    /// Those that were there before this moment.
    #[must_use]
    pub fn before(&self, moment: Timestamp) -> Self {
        self.only(|enrolled| enrolled.added_at < moment)
    }

    /// Those of them that are not among the others.
    pub(crate) fn not_in<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = &'a Enrolled> {
        self.0.iter().filter(|mine| !others.0.iter().any(|other| other.is(mine)))
    }

    fn and(&self, new: Enrolled) -> Self {
        let others = self.0.iter().filter(|enrolled| !enrolled.is(&new)).copied();
        Self(others.chain([new]).collect())
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
        let (one, two) = (PasskeyId::of(b"1"), PasskeyId::of(b"2"));
        let three = both.with_passkey(one, at(2)).with_passkey(two, at(3));
        assert_eq!(three.methods(), ["totp_code", "passkey", "recovery_code"]);
        let two_left = three.without(Factor::Totp).without_passkey(one);
        assert_eq!((two_left.methods(), two_left.passkeys().count()), (vec!["passkey", "recovery_code"], 1));
        assert!(two_left.without_passkey(two).is_empty());
    }

    #[test]
    fn what_was_added_later_is_told_from_what_was_there_before() {
        let mine = Factors::default().with(Factor::Totp, at(1)).with(Factor::RecoveryCode, at(1));
        let renewed = mine.with(Factor::RecoveryCode, at(9));
        assert_eq!(renewed.before(at(5)).methods(), ["totp_code"], "codes of somebody else's are none of mine");
        assert!(mine.with(Factor::Totp, at(9)).before(at(5)).is_empty());
        assert_eq!(mine.before(at(5)), mine);
        let (own, thiefs) = (PasskeyId::of(b"1"), PasskeyId::of(b"2"));
        let with_passkeys = mine.with_passkey(own, at(2)).with_passkey(thiefs, at(9));
        let kept = with_passkeys.before(at(5));
        assert_eq!(kept.passkeys().collect::<Vec<_>>(), [own]);
        assert_eq!(with_passkeys.not_in(&kept).filter_map(|one| one.passkey).collect::<Vec<_>>(), [thiefs]);
    }
}
