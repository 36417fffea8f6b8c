//! Who must have a second factor: what the owner of the deployment decides.

use crate::accounts::Account;

/// Of whom a second factor is required. Who has none then is sent to enrol one in the middle of the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Of nobody: everybody chooses.
    Nobody,
    /// Of staff, admins and superusers.
    Staff,
    /// Of everybody.
    Everybody,
}

impl Required {
    /// Reads `nobody`, `staff` or `everybody`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "nobody" => Some(Self::Nobody),
            "staff" => Some(Self::Staff),
            "everybody" => Some(Self::Everybody),
            _ => None,
        }
    }

    /// Whether it is required of this account.
    pub fn of(self, account: &Account) -> bool {
        match self {
            Self::Nobody => false,
            Self::Staff => account.is_staff(),
            Self::Everybody => true,
        }
    }
}
