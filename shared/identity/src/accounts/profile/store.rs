//! The profile's item and the claim on its telephone number, and how they are read and written.

use serde::{Deserialize, Serialize};

use super::Field;
use super::field::digits_of;
use crate::accounts::{Account, AccountId, keys};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Condition, Entity, Key, Row, Store, Update, equals, unset};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::Change;

/// What a person tells of themself. A stored text is read as it is: rules may change, what was accepted stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    values: [Option<String>; Field::ALL.len()],
    /// When it was last written; never, of one that is empty from the beginning.
    pub updated_at: Option<Timestamp>,
}

impl Profile {
    /// What stands in a field.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.values.get(field as usize).and_then(Option::as_deref)
    }

    /// The profile as it becomes by a change.
    pub(super) fn apply(&mut self, field: Field, change: &Change<String>) {
        if let Some(value) = self.values.get_mut(field as usize) {
            match change {
                Change::Keep => {}
                Change::Clear => *value = None,
                Change::Set(text) => *value = Some(text.clone()),
            }
        }
    }
}

/// The stored form of a [`Profile`]: an attribute for each field, so that two changes write beside one another, where the
/// profile is asked by [`Field`].
#[derive(Serialize, Deserialize)]
struct ProfileRow {
    account_id: AccountId,
    phone: Option<String>,
    organisation: Option<String>,
    address: Option<String>,
    bank_name: Option<String>,
    bank_account: Option<String>,
    avatar_url: Option<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    updated_at: Timestamp,
}

impl Row for ProfileRow {
    const ENTITY: Entity = keys::PROFILE;

    fn key(&self) -> Key {
        keys::profile(self.account_id)
    }
}

impl From<ProfileRow> for Profile {
    fn from(row: ProfileRow) -> Self {
        let values = Field::ALL.map(|field| match field {
            Field::Phone => row.phone.clone(),
            Field::Organisation => row.organisation.clone(),
            Field::Address => row.address.clone(),
            Field::BankName => row.bank_name.clone(),
            Field::BankAccount => row.bank_account.clone(),
            Field::AvatarUrl => row.avatar_url.clone(),
            Field::Locale => row.locale.clone(),
            Field::TimeZone => row.time_zone.clone(),
        });
        Self { values, updated_at: Some(row.updated_at) }
    }
}

/// The claim on a telephone number.
#[derive(Serialize, Deserialize)]
pub(in crate::accounts) struct PhoneClaimRow {
    digits: String,
    account: AccountId,
}

impl PhoneClaimRow {
    pub(in crate::accounts) fn new(phone: &str, account: AccountId) -> Self {
        Self { digits: digits_of(phone), account }
    }
}

impl Row for PhoneClaimRow {
    const ENTITY: Entity = keys::PHONE_CLAIM;

    fn key(&self) -> Key {
        keys::phone_claim(&self.digits)
    }
}

/// The account that has a telephone number, however it is written: 1 `GetItem`, 1 read unit.
pub(in crate::accounts) async fn account_with_phone(store: &Store, phone: &str) -> Result<Option<AccountId>, Fault> {
    let claim: Option<PhoneClaimRow> = store.get(&keys::phone_claim(&digits_of(phone))).await?;
    Ok(claim.map(|claim| claim.account))
}

/// The profile of an account, empty if none was ever written: 1 `GetItem`, 1 read unit.
pub async fn profile_of(store: &Store, account: AccountId) -> Result<Profile, Fault> {
    Ok(store.get::<ProfileRow>(&keys::profile(account)).await?.map(Profile::from).unwrap_or_default())
}

/// Writes the fields that are mentioned and leaves the others, if the number is still the one that was read. A step
/// of the changing transaction: two that mention different fields do not undo each other.
pub(super) fn write(account: &Account, read: &Profile, changes: &[(Field, Change<String>)], now: Timestamp) -> Update {
    let update = Update::of(keys::profile(account.id))
        .set("v", ProfileRow::VERSION)
        .set("entity", keys::PROFILE.name())
        .set("account_id", account.id.to_string())
        .set("updated_at", now);
    changes.iter().fold(update, |update, (field, change)| {
        let update = match change {
            Change::Keep => update,
            Change::Clear => update.remove(field.name()),
            Change::Set(text) => update.set(field.name(), text),
        };
        if *field == Field::Phone && *change != Change::Keep { update.only_if(&phone_is(read)) } else { update }
    })
}

/// The number is still the one that was read: its claim is the one to give up.
fn phone_is(read: &Profile) -> Condition {
    match read.get(Field::Phone) {
        Some(phone) => equals("phone", phone),
        None => unset("phone"),
    }
}

/// Which claim a change of the number gives up, and which it makes. Blanks alone change neither.
pub(super) fn claims(read: &Profile, change: &Change<String>) -> (Option<String>, Option<String>) {
    let old = read.get(Field::Phone).map(digits_of);
    let new = match change {
        Change::Keep => old.clone(),
        Change::Clear => None,
        Change::Set(phone) => Some(digits_of(phone)),
    };
    if old == new { (None, None) } else { (old, new) }
}
