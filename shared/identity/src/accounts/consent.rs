//! What a person agreed to, and took back: each time, with when and from where. Whoever relies on a consent must be able
//! to show it (GDPR, article 7), so a change does not overwrite the one before.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{AccountId, ConsentId, keys};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Key, Row, Rows, Store};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// What people agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Marketing mail.
    Marketing,
}

/// One time that a person agreed to something, or took it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Whose it is.
    pub account_id: AccountId,
    /// To what.
    pub purpose: Purpose,
    /// Agreed, or taken back.
    pub given: bool,
    /// When.
    pub at: Timestamp,
    /// Where it was said: at the `registration`, or in the `profile`.
    pub said_in: String,
    /// From which address; of a registration, from which it was confirmed.
    pub address: IpAddr,
    /// With which user agent.
    pub user_agent: Option<String>,
    /// Where the address was, if that was known.
    pub place: Option<String>,
    /// In which request.
    pub request_id: String,
}

impl Row for Consent {
    const ENTITY: Entity = keys::CONSENT;

    fn key(&self) -> Key {
        keys::consent(self.account_id, self.id)
    }
}

impl Consent {
    /// What was said about marketing mail at `at`, as far as the client's request tells from where.
    pub(super) fn to_marketing(
        app: &App,
        client: &Client,
        account: AccountId,
        given: bool,
        at: Timestamp,
        said_in: &str,
    ) -> Self {
        Self {
            id: ConsentId::new(&app.entropy, client.now),
            account_id: account,
            purpose: Purpose::Marketing,
            given,
            at,
            said_in: said_in.to_owned(),
            address: client.address,
            user_agent: client.user_agent.clone(),
            place: app.origin(client).place,
            request_id: client.request_id.clone(),
        }
    }
}

/// The next of a person's consents, oldest first, that follow `after`: 1 `Query`, 1 read unit for each 4 KB.
pub(super) async fn page(
    store: &Store,
    account: AccountId,
    after: Option<ConsentId>,
    limit: usize,
) -> Result<Rows<Consent>, Fault> {
    let after = after.map(|id| keys::consent(account, id));
    store.oldest_first(&keys::consents_of(account), after.as_ref(), limit).await
}
