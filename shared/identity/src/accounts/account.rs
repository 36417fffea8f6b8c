//! The account.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize};

use super::{AccountId, EmailAddress, Factors, HashedPassword, Name, ProviderName, Username, keys};
use crate::app::App;
use crate::privacy::DataRequestId;
use crate::sessions::{KNOWN_FOR, SessionId};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Key, Row};
use latchkey_kernel::geo::CountryCode;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::secret::Digest;

/// How many countries an account remembers. Who has been in more is told again of the first of them.
const COUNTRIES: usize = 10;

/// How many disowned devices an account remembers. Every sign-in writes the row, and one KB is its price.
const DISOWNED: usize = 2;

/// A person's account, as it is stored. It exists only once its address is proven.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// The second factors that the person has enrolled.
    #[serde(default, skip_serializing_if = "Factors::is_empty")]
    pub factors: Factors,
    /// The providers that sign the person in.
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "Vec::is_empty")]
    pub social: Vec<ProviderName>,
    /// Names of the roles the person holds.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Which sessions are alive: those made under this very epoch. Raising it ends all of them at once.
    pub session_epoch: u32,
    /// When that last happened.
    pub sessions_ended_at: Option<Timestamp>,
    /// Devices that the person said are not theirs, each named after its first session. None of them is known again.
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "Vec::is_empty")]
    pub disowned_devices: Vec<SessionId>,
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
    /// The countries that the person signed in from, the latest at the end, at most `COUNTRIES`.
    #[serde(default)]
    pub countries: Vec<CountryCode>,
    /// The deletion that the person asked for and has not taken back.
    #[serde(flatten, deserialize_with = "Deletion::whole")]
    pub deletion: Option<Deletion>,
    /// When an operator suspended it; none while it is open.
    pub suspended_at: Option<Timestamp>,
    /// Which exports open: those that were asked for under this very number. Raising it closes all of them at once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub export_epoch: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Row for Account {
    const ENTITY: Entity = keys::ACCOUNT;

    fn key(&self) -> Key {
        keys::account(self.id)
    }
}

/// An operator suspended the account. Only a caller who has shown what would sign in learns of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the account is suspended")]
pub struct Suspended;

/// A deletion that was asked for: from then on the account is in no list and no lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// The request that asked for it.
    #[serde(rename = "deletion_request")]
    pub request: DataRequestId,
    /// When it is due: the end of the grace.
    #[serde(rename = "deletion_scheduled_at")]
    pub scheduled_at: Timestamp,
    /// The token of the mailed link that cancels it.
    #[serde(rename = "deletion_link")]
    pub link: Digest,
}

impl Deletion {
    /// Read from the account's attributes: there is one where all three of it are. One that cannot be read is an error,
    /// which an `Option` by itself would take for none.
    fn whole<'de, D: Deserializer<'de>>(attributes: D) -> Result<Option<Self>, D::Error> {
        #[derive(Deserialize)]
        struct Attributes {
            #[serde(rename = "deletion_request")]
            request: Option<DataRequestId>,
            #[serde(rename = "deletion_scheduled_at")]
            scheduled_at: Option<Timestamp>,
            #[serde(rename = "deletion_link")]
            link: Option<Digest>,
        }
        let Attributes { request, scheduled_at, link } = Attributes::deserialize(attributes)?;
        let deletion = request.zip(scheduled_at).zip(link);
        Ok(deletion.map(|((request, scheduled_at), link)| Self { request, scheduled_at, link }))
    }

    /// Whether the grace is over.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.scheduled_at <= now
    }
}

impl Account {
    /// An account that comes into being now, of a person of whom no more is known.
    pub(crate) fn new(app: &App, client: &Client, email: EmailAddress, name: Name) -> Self {
        let now = client.now;
        Self {
            id: AccountId::new(&app.entropy, now),
            email,
            name,
            username: None,
            password: None,
            factors: Factors::default(),
            social: Vec::new(),
            roles: Vec::new(),
            session_epoch: 0,
            disowned_devices: Vec::new(),
            sessions_ended_at: None,
            marketing_consent: false,
            marketing_consent_updated_at: None,
            confirmed_at: now,
            created_at: now,
            updated_at: now,
            login_count: 0,
            last_login_at: None,
            last_login_ip: None,
            countries: app.place(client).and_then(|place| place.country).into_iter().collect(),
            deletion: None,
            suspended_at: None,
            export_epoch: 0,
        }
    }

    /// Whether nobody has signed in from this country before. Where no country is known yet, none is new.
    pub fn is_new_to(&self, country: CountryCode) -> bool {
        !self.countries.is_empty() && !self.countries.contains(&country)
    }

    /// The countries after a sign-in from this one; none if that changes nothing.
    pub(super) fn countries_with(&self, country: CountryCode) -> Option<Vec<CountryCode>> {
        if self.countries.last() == Some(&country) {
            return None;
        }
        let others = self.countries.iter().copied().filter(|known| *known != country);
        let all: Vec<CountryCode> = others.chain([country]).collect();
        Some(all.iter().copied().skip(all.len().saturating_sub(COUNTRIES)).collect())
    }

    /// Whether the account is as good as erased: its deletion is due, and nothing is left to be done by its person.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.deletion.as_ref().is_some_and(|deletion| deletion.is_due(now))
    }

    /// Whether an operator has suspended it.
    pub fn is_suspended(&self) -> bool {
        self.suspended_at.is_some()
    }

    /// Whether it is treated like an account that does not exist, unless its password, passkey or provider was shown: it
    /// is suspended, or as good as erased.
    pub fn is_closed(&self, now: Timestamp) -> bool {
        self.is_suspended() || self.is_gone(now)
    }

    /// What every way in asks once the right password, code, passkey or provider was shown.
    pub(crate) fn let_in(&self) -> Result<(), Suspended> {
        if self.is_suspended() { Err(Suspended) } else { Ok(()) }
    }

    /// The disowned devices that need not be remembered any more when this one joins them: those that no device token
    /// outlives, and past the most that are kept the oldest. What was disowned lost its tokens then; the list only keeps
    /// out sign-ins that were under way.
    pub(crate) fn disowned_to_forget(&self, joining: SessionId, now: Timestamp) -> Vec<SessionId> {
        let mut others: Vec<_> = self.disowned_devices.iter().copied().filter(|device| *device != joining).collect();
        others.sort_unstable_by(|one, other| other.cmp(one));
        let outlived = |device: &SessionId| device.created_at().is_none_or(|at| at.plus(KNOWN_FOR) <= now);
        let kept = others.iter().filter(|device| !outlived(device)).take(DISOWNED - 1).count();
        others.split_off(kept)
    }

    /// Whether its person works here.
    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| ["staff", "admin", "superuser"].contains(&role.as_str()))
    }

    /// Whether it has a profile: those of staff and superusers are for work alone.
    pub fn has_profile(&self) -> bool {
        !self.is_staff()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use serde_json::json;

    use super::*;
    use latchkey_kernel::dynamo::Item;

    fn stored(deletion: &serde_json::Value) -> Item {
        let mut account = json!({
            "id": AccountId::from_bytes([1; 16]), "email": EmailAddress::parse("ada@example.org").unwrap(), "name": "Ada Lovelace", "roles": [],
            "session_epoch": 3, "marketing_consent": false, "confirmed_at": "2026-03-02T09:30:00.000Z",
            "created_at": "2026-03-02T09:30:00.000Z", "updated_at": "2026-03-02T09:30:00.000Z", "login_count": 7,
            "last_login_ip": "192.0.2.1", "countries": ["DE"],
        });
        account.as_object_mut().unwrap().extend(deletion.as_object().unwrap().clone());
        let mut item: Item = serde_dynamo::to_item(account).unwrap();
        item.insert("social".to_owned(), AttributeValue::Ss(vec!["google".to_owned()]));
        item
    }

    fn written(account: &Account) -> Item {
        let mut item: Item = serde_dynamo::to_item(account).unwrap();
        item.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
        item
    }

    #[test]
    fn what_is_read_is_written_in_the_same_attributes() {
        let (request, link) = (DataRequestId::from_bytes([2; 16]), Digest::of(b"link"));
        let deletion = json!({
            "deletion_request": request, "deletion_scheduled_at": "2026-04-01T09:30:00.000Z", "deletion_link": link,
        });
        for (attributes, is_deleted) in [(&json!({}), false), (&deletion, true)] {
            let mut item = stored(attributes);
            let account: Account = serde_dynamo::from_item(item.clone()).unwrap();
            assert_eq!(account.deletion.is_some(), is_deleted);
            assert_eq!(written(&account), item);
            // The keys and what a later version adds are passed over.
            item.insert("added_later".to_owned(), AttributeValue::Ss(vec!["x".to_owned()]));
            assert!(serde_dynamo::from_item::<_, Account>(item).is_ok());
        }
    }

    #[test]
    fn a_deletion_that_cannot_be_read_is_no_missing_one() {
        let broken = json!({ "deletion_request": "broken", "deletion_scheduled_at": "2026-04-01T09:30:00.000Z" });
        assert!(serde_dynamo::from_item::<_, Account>(stored(&broken)).is_err());
        let half = json!({ "deletion_scheduled_at": "2026-04-01T09:30:00.000Z" });
        assert_eq!(serde_dynamo::from_item::<_, Account>(stored(&half)).unwrap().deletion, None);
    }
}
