//! Finding an account by what an operator knows of its user.

use super::profile::account_with_phone;
use super::store::account_with_username;
use super::{Account, AccountId, EmailAddress, Username, by_id, claimed_by};
use latchkey_kernel::dynamo::Store;
use latchkey_kernel::fault::Fault;

/// What an operator may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The account's id.
    Id(AccountId),
    /// Its email address.
    Email(EmailAddress),
    /// What may be a telephone number.
    Phone(String),
    /// Its username.
    Username(Username),
}

impl Known {
    /// Reads what an operator typed: an id, an email address, a telephone number or a username. Digits alone may be of the
    /// last two, in this order.
    pub fn read(typed: &str) -> Vec<Self> {
        let typed = typed.trim();
        if let Ok(id) = typed.parse() {
            return vec![Self::Id(id)];
        }
        if let Ok(email) = EmailAddress::parse(typed) {
            return vec![Self::Email(email)];
        }
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '.' | '/' | '(' | ')');
        let may_be_phone = typed.chars().all(is_number) && typed.contains(|c: char| c.is_ascii_digit());
        let phone = may_be_phone.then(|| Self::Phone(typed.to_owned()));
        phone.into_iter().chain(Username::parse(typed).ok().map(Self::Username)).collect()
    }
}

/// The account that what was typed leads to: 1 or 2 `GetItem`s of a claim, 1 of the account. An address that an account gave
/// up leads nowhere.
pub async fn find(store: &Store, typed: &str) -> Result<Option<Account>, Fault> {
    for known in Known::read(typed) {
        let id = match &known {
            Known::Id(id) => Some(*id),
            Known::Email(email) => claimed_by(store, email).await?,
            Known::Phone(phone) => account_with_phone(store, phone).await?,
            Known::Username(username) => account_with_username(store, username).await?,
        };
        if let Some(id) = id
            && let Some(account) = by_id(store, id).await?
        {
            return Ok(Some(account));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_an_id_an_email_address_a_telephone_number_or_a_username() {
        let kinds = |typed: &str| -> Vec<&'static str> {
            let name = |known: &Known| match known {
                Known::Id(_) => "id",
                Known::Email(_) => "email",
                Known::Phone(_) => "phone",
                Known::Username(_) => "username",
            };
            Known::read(typed).iter().map(name).collect()
        };
        assert_eq!(kinds("019caddd-b0c0-7000-8000-000000000000"), ["id"]);
        assert_eq!(kinds(" ada@example.com "), ["email"]);
        assert_eq!(kinds("+49 170 1234567"), ["phone"]);
        assert_eq!(kinds("01701234567"), ["phone", "username"]);
        assert_eq!(kinds("ada_k"), ["username"]);
        assert_eq!(kinds("--"), Vec::<&str>::new());
    }
}
