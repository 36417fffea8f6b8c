//! The account.

use std::net::IpAddr;

use super::{EmailAddress, HashedPassword, Name, Username};
use crate::clock::Timestamp;
use crate::id::AccountId;

/// A person's account. It exists only once its address is proven.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The proven address.
    pub email: EmailAddress,
    /// The person's full name.
    pub name: Name,
    /// The public name, if the person has chosen one.
    pub username: Option<Username>,
    /// The password, if the person has one.
    pub password: Option<HashedPassword>,
    /// Names of the roles the person holds.
    pub roles: Vec<String>,
    /// Which sessions are alive: those made under this very epoch. Raising it ends all of them at once.
    pub session_epoch: u32,
    /// When that last happened.
    pub sessions_ended_at: Option<Timestamp>,
    /// Whether the person agreed to marketing mail.
    pub marketing_consent: bool,
    /// When that was last said.
    pub marketing_consent_updated_at: Option<Timestamp>,
    /// When the address was proven.
    pub confirmed_at: Timestamp,
    /// When the account came into being.
    pub created_at: Timestamp,
    /// When one of the person's own data last changed.
    pub updated_at: Timestamp,
    /// How often the person has signed in.
    pub login_count: u32,
    /// The last sign-in.
    pub last_login_at: Option<Timestamp>,
    /// The address it came from.
    pub last_login_ip: Option<IpAddr>,
}

impl Account {
    /// Whether it has a profile: those of staff and superusers are for work alone.
    pub fn has_profile(&self) -> bool {
        !self.roles.iter().any(|role| ["staff", "admin", "superuser"].contains(&role.as_str()))
    }
}
