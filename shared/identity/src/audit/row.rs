//! The log's rows.

use std::net::IpAddr;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActorKind, AuditId, Event, EventName, Factor, Outcome, keys};
use crate::accounts::AccountId;
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Item, Key, Row, Rows, Store};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::telemetry::{EventKinds, Happened};

/// The stored form of one line of the log.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditRow {
    id: AuditId,
    account_id: Option<AccountId>,
    actor: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor_kind: Option<ActorKind>,
    event: EventName,
    outcome: Outcome,
    factor: Option<Factor>,
    at: Timestamp,
    address: Option<IpAddr>,
    user_agent: Option<String>,
    place: Option<String>,
    request_id: Option<String>,
    #[serde(default)]
    extra: Value,
    ttl: Option<i64>,
}

/// One line of the log.
#[derive(Debug)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// To whom it happened; none when the login that was tried is nobody's.
    pub account_id: Option<AccountId>,
    /// Who did it, as far as they showed who they are.
    pub actor: Option<Actor>,
    /// What happened.
    pub event: EventName,
    /// Whether it came about.
    pub outcome: Outcome,
    /// What was shown.
    pub factor: Option<Factor>,
    /// When.
    pub at: Timestamp,
    /// From which address; of a person who was erased that is not known any more, nor what follows.
    pub address: Option<IpAddr>,
    /// With which user agent.
    pub user_agent: Option<String>,
    /// Where the address was, if that was known.
    pub place: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// What else is told, by the event.
    pub details: Value,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The user of this account.
    User(AccountId),
    /// Who runs the deployment.
    Operator,
}

impl Row for AuditRow {
    const ENTITY: Entity = keys::AUDIT_EVENT;
    const VERSION: u32 = 2;

    fn key(&self) -> Key {
        match self.account_id {
            Some(account) => keys::audit_event(account, self.at, self.id),
            None => keys::anonymous_audit_event(self.at, self.id),
        }
    }

    /// Version 1 had neither outcome nor actor; both follow from the event.
    fn upcast(item: &mut Item, _from: u32) {
        let named = |name: &str| matches!(item.get("event"), Some(AttributeValue::S(event)) if event == name);
        let (failed, suspicious) = (named("LOGIN_FAILED"), named("SUSPICIOUS_ACTIVITY"));
        let outcome = if failed { "failure" } else { "success" };
        item.insert("outcome".to_owned(), AttributeValue::S(outcome.to_owned()));
        if let (false, Some(account)) = (failed || suspicious, item.get("account_id").cloned()) {
            item.insert("actor".to_owned(), account);
        }
    }
}

impl AuditRow {
    /// Its id.
    pub(super) fn id(&self) -> AuditId {
        self.id
    }

    /// Whether its time is not over: DynamoDB takes days to remove what has outlived it.
    pub(super) fn is_kept(&self, now: Timestamp) -> bool {
        self.ttl.is_none_or(|end| end > now.as_second())
    }

    /// The same line without its person: of somebody else, who does not exist, and without what only the person could
    /// have told us. Its id is new, since the old one was told to the person.
    pub(super) fn pseudonymised(self, pseudonym: AccountId, entropy: &Entropy) -> Self {
        let Self { account_id, actor, actor_kind, event, outcome, factor, at, ttl, .. } = self;
        let actor = actor.filter(|actor| Some(*actor) == account_id).map(|_| pseudonym);
        let id = AuditId::new(entropy, at);
        Self {
            id,
            account_id: Some(pseudonym),
            actor,
            actor_kind,
            event,
            outcome,
            factor,
            at,
            address: None,
            user_agent: None,
            place: None,
            request_id: None,
            extra: Value::Object(serde_json::Map::new()),
            ttl,
        }
    }
}

impl Entry {
    /// Whether the user of the account did it.
    pub fn is_by_its_user(&self) -> bool {
        self.account_id.is_some_and(|account| self.actor == Some(Actor::User(account)))
    }

    /// What happened, in words for users; the name where it is of none of these kinds, since a newer version wrote the row.
    pub fn description(&self, kinds: EventKinds) -> String {
        let name = self.event.as_str();
        kinds.find(name).map_or(name, |kind| kind.description()).to_owned()
    }
}

impl From<AuditRow> for Entry {
    fn from(row: AuditRow) -> Self {
        let AuditRow { id, account_id, event, outcome, factor, at, .. } = row;
        let actor = match row.actor_kind {
            Some(ActorKind::Operator) => Some(Actor::Operator),
            None => row.actor.map(Actor::User),
        };
        let AuditRow { address, user_agent, place, request_id, extra: details, .. } = row;
        Self { id, account_id, actor, event, outcome, factor, at, address, user_agent, place, request_id, details }
    }
}

/// The row of something that happened to an account. A step of the transaction in which it happened.
pub fn row(app: &App, client: &Client, account: AccountId, event: Event) -> AuditRow {
    line(app, client, Some(account), event)
}

/// The row of what an operator did to an account, from wherever that was. A step of the transaction in which it happened.
pub fn row_by_operator(app: &App, client: &Client, account: AccountId, event: Event) -> AuditRow {
    AuditRow {
        actor: None,
        actor_kind: Some(ActorKind::Operator),
        address: None,
        user_agent: None,
        place: None,
        ..line(app, client, Some(account), event)
    }
}

/// Records something by itself, outside of a transaction: 1 `PutItem`, under the account or, where the login is unknown,
/// under none.
pub async fn record(app: &App, client: &Client, account: Option<AccountId>, event: Event) -> Result<(), Fault> {
    app.store.put_new(&line(app, client, account, event)).await
}

/// The next rows of a person in the month of `at`, newest first, after the one with this id: 1 `Query`.
pub(super) async fn of_month(
    store: &Store,
    account: AccountId,
    at: Timestamp,
    after: Option<AuditId>,
    limit: usize,
) -> Result<Rows<AuditRow>, Fault> {
    // An id holds the moment of its row, which its key begins with.
    let after = after.and_then(|id| id.created_at().map(|at| keys::audit_event(account, at, id)));
    store.newest_first(&keys::audit_events_of(account, at), after.as_ref(), limit).await
}

/// The same rows, oldest first.
pub(super) async fn of_month_oldest_first(
    store: &Store,
    account: AccountId,
    at: Timestamp,
    after: Option<AuditId>,
    limit: usize,
) -> Result<Rows<AuditRow>, Fault> {
    let after = after.and_then(|id| id.created_at().map(|at| keys::audit_event(account, at, id)));
    store.oldest_first(&keys::audit_events_of(account, at), after.as_ref(), limit).await
}

/// The row of the last event of an account that was erased, under the id that its other rows have from now on.
pub fn row_of_erased(app: &App, pseudonym: AccountId, event: Event, now: Timestamp) -> AuditRow {
    AuditRow {
        id: AuditId::new(&app.entropy, now),
        account_id: Some(pseudonym),
        actor: None,
        actor_kind: None,
        event: event.name(),
        outcome: event.outcome(),
        factor: None,
        at: now,
        address: None,
        user_agent: None,
        place: None,
        request_id: None,
        ttl: Some(now.plus(app.config.retention.of_line(event.kind())).as_second()),
        extra: event.details(),
    }
}

pub(super) fn line(app: &App, client: &Client, account_id: Option<AccountId>, event: Event) -> AuditRow {
    client.trail.happened(Happened {
        name: event.kind().name(),
        factor: event.factor().map(Factor::word),
        succeeded: event.outcome() == Outcome::Success,
        metric: event.kind().metric(),
    });
    if let Some(account) = account_id {
        client.trail.about(account);
    }
    AuditRow {
        id: AuditId::new(&app.entropy, client.now),
        account_id,
        actor: account_id.filter(|_| event.kind().is_by_user()),
        actor_kind: None,
        event: event.name(),
        outcome: event.outcome(),
        factor: event.factor(),
        at: client.now,
        address: Some(client.address),
        user_agent: client.user_agent.clone(),
        place: app.origin(client).place,
        request_id: Some(client.request_id.clone()),
        ttl: Some(client.now.plus(app.config.retention.of_line(event.kind())).as_second()),
        extra: event.details(),
    }
}
