//! What a person's own account looks like on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, AccountId};
use latchkey_kernel::clock::Timestamp;

/// A person, as shown to that person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    /// The account's id.
    pub id: AccountId,
    /// The proven address.
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// The full name.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// The public name, if one is chosen.
    #[schema(example = "ada")]
    pub username: Option<String>,
    /// The names of the person's roles.
    pub roles: Vec<String>,
    /// Whether the person can sign in with a password.
    pub has_password: bool,
    /// Whether signing in needs a second factor.
    pub mfa_enabled: bool,
    /// When the address was proven.
    pub confirmed_at: Timestamp,
    /// When the account came into being.
    pub created_at: Timestamp,
    /// When one of the person's own data last changed.
    pub updated_at: Timestamp,
    /// When the account is deleted, if its person has asked for that.
    pub deletion_scheduled_at: Option<Timestamp>,
}

impl From<&Account> for User {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            email: account.email.as_str().to_owned(),
            name: account.name.as_str().to_owned(),
            username: account.username.as_ref().map(|username| username.as_str().to_owned()),
            roles: account.roles.clone(),
            has_password: account.password.is_some(),
            mfa_enabled: !account.factors.is_empty(),
            confirmed_at: account.confirmed_at,
            created_at: account.created_at,
            updated_at: account.updated_at,
            deletion_scheduled_at: account.deletion.as_ref().map(|deletion| deletion.scheduled_at),
        }
    }
}
