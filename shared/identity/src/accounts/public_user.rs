//! What everybody who is signed in may see of an account.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, AccountId};
use latchkey_kernel::clock::Timestamp;

/// A person, as shown to others: no address and no full name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicUser {
    /// The account's id.
    pub id: AccountId,
    /// The public name, if one is chosen.
    #[schema(example = "ada")]
    pub username: Option<String>,
    /// When the account came into being.
    pub created_at: Timestamp,
    /// When one of the person's own data last changed.
    pub updated_at: Timestamp,
}

impl From<&Account> for PublicUser {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id,
            username: account.username.as_ref().map(|username| username.as_str().to_owned()),
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}
