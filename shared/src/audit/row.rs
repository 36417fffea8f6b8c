//! The log's rows.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Event;
use crate::app::App;
use crate::client::Client;
use crate::clock::Timestamp;
use crate::dynamo::{Entity, Key, Row, StoreError, keys};
use crate::id::{AccountId, AuditId};

/// One line of the log.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditRow {
    id: AuditId,
    account_id: Option<AccountId>,
    event: String,
    at: Timestamp,
    address: IpAddr,
    user_agent: Option<String>,
    request_id: String,
    extra: Value,
}

impl Row for AuditRow {
    const ENTITY: Entity = Entity::AuditEvent;

    fn key(&self) -> Key {
        match self.account_id {
            Some(account) => keys::audit_event(account, self.at, self.id),
            None => keys::anonymous_audit_event(self.at, self.id),
        }
    }
}

/// The row of something that happened to an account. A step of the transaction in which it happened.
pub fn row(app: &App, client: &Client, account: AccountId, event: Event) -> AuditRow {
    line(app, client, Some(account), event)
}

/// Notes a failed sign-in: 1 `PutItem`, under the account or, when the login is unknown, under nobody. What was
/// typed is not kept: people type passwords into the wrong field.
pub async fn record_failed_login(app: &App, client: &Client, account: Option<AccountId>) -> Result<(), StoreError> {
    app.store.put(&line(app, client, account, Event::LoginFailed)).await
}

fn line(app: &App, client: &Client, account_id: Option<AccountId>, event: Event) -> AuditRow {
    AuditRow {
        id: AuditId::new(&app.entropy, client.now),
        account_id,
        event: event.name().to_owned(),
        at: client.now,
        address: client.address,
        user_agent: client.user_agent.clone(),
        request_id: client.request_id.clone(),
        extra: event.extra(),
    }
}
