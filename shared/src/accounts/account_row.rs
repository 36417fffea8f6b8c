//! The stored form of an account, and what it is made from and into.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::keys;
use super::{Account, AccountId, Deletion, EmailAddress, Factors, HashedPassword, Name, ProviderName, Username};
use crate::clock::Timestamp;
use crate::dynamo::{Entity, Key, Row};
use crate::geo::CountryCode;
use crate::privacy::DataRequestId;
use crate::secret::Digest;
use crate::sessions::SessionId;

/// The stored form of an [`Account`].
#[derive(Serialize, Deserialize)]
pub(crate) struct AccountRow {
    id: AccountId,
    email: EmailAddress,
    name: Name,
    username: Option<Username>,
    password: Option<HashedPassword>,
    #[serde(default, skip_serializing_if = "Factors::is_empty")]
    factors: Factors,
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "Vec::is_empty")]
    social: Vec<ProviderName>,
    #[serde(default)]
    roles: Vec<String>,
    session_epoch: u32,
    sessions_ended_at: Option<Timestamp>,
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "Vec::is_empty")]
    disowned_devices: Vec<SessionId>,
    marketing_consent: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marketing_consent_updated_at: Option<Timestamp>,
    confirmed_at: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
    login_count: u32,
    last_login_at: Option<Timestamp>,
    last_login_ip: Option<IpAddr>,
    #[serde(default)]
    countries: Vec<CountryCode>,
    deletion_request: Option<DataRequestId>,
    deletion_scheduled_at: Option<Timestamp>,
    deletion_link: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suspended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_zero")]
    export_epoch: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Row for AccountRow {
    const ENTITY: Entity = keys::ACCOUNT;

    fn key(&self) -> Key {
        keys::account(self.id)
    }
}

impl From<Account> for AccountRow {
    fn from(account: Account) -> Self {
        let Account { id, email, name, username, password, factors, roles, session_epoch, sessions_ended_at, .. } =
            account;
        let Account { disowned_devices, marketing_consent, marketing_consent_updated_at, .. } = account;
        let Account { confirmed_at, created_at, updated_at, login_count, last_login_at, last_login_ip, .. } = account;
        let Account { countries, deletion, social, suspended_at, export_epoch, .. } = account;
        Self {
            id,
            email,
            name,
            username,
            password,
            factors,
            social,
            roles,
            session_epoch,
            sessions_ended_at,
            disowned_devices,
            marketing_consent,
            marketing_consent_updated_at,
            confirmed_at,
            created_at,
            updated_at,
            login_count,
            last_login_at,
            last_login_ip,
            countries,
            deletion_request: deletion.as_ref().map(|deletion| deletion.request),
            deletion_scheduled_at: deletion.as_ref().map(|deletion| deletion.scheduled_at),
            deletion_link: deletion.map(|deletion| deletion.link),
            suspended_at,
            export_epoch,
        }
    }
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            username: row.username,
            password: row.password,
            factors: row.factors,
            social: row.social,
            roles: row.roles,
            session_epoch: row.session_epoch,
            sessions_ended_at: row.sessions_ended_at,
            disowned_devices: row.disowned_devices,
            marketing_consent: row.marketing_consent,
            marketing_consent_updated_at: row.marketing_consent_updated_at,
            confirmed_at: row.confirmed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            login_count: row.login_count,
            last_login_at: row.last_login_at,
            last_login_ip: row.last_login_ip,
            countries: row.countries,
            deletion: match (row.deletion_request, row.deletion_scheduled_at, row.deletion_link) {
                (Some(request), Some(scheduled_at), Some(link)) => Some(Deletion { request, scheduled_at, link }),
                _ => None,
            },
            suspended_at: row.suspended_at,
            export_epoch: row.export_epoch,
        }
    }
}
