//! The mails of the sessions domain.

use serde_json::{Value, json};

use crate::accounts::Account;
use crate::client::Client;
use crate::mail::{Content, Template};

/// Their templates.
pub const TEMPLATES: &[Template] = crate::mail_templates!["refresh_token_reused"];

/// Tells a person that a session was ended because one of its old tokens came back.
pub(super) struct RefreshTokenReused {
    name: String,
    time: String,
    address: String,
    user_agent: String,
}

impl RefreshTokenReused {
    pub(super) fn new(account: &Account, client: &Client) -> Self {
        Self {
            name: account.name.as_str().to_owned(),
            time: client.now.for_people(),
            address: client.address.to_string(),
            user_agent: client.user_agent.clone().unwrap_or_else(|| "unknown".to_owned()),
        }
    }
}

impl Content for RefreshTokenReused {
    const TEMPLATE: &'static str = "refresh_token_reused";

    fn values(&self) -> Value {
        json!({ "name": self.name, "time": self.time, "address": self.address, "user_agent": self.user_agent })
    }
}
