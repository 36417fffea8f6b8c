//! The mails of the domain: every change of a way in is told to the account's address.

use serde_json::{Value, json};

use crate::accounts::Account;
use crate::accounts::mails::NEWS;
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::origin::Origin;
use latchkey_kernel::mail::{Content, Template};
use latchkey_kernel::outbox::{self, OutboxItem};

/// Their templates.
pub const TEMPLATES: &[Template] = latchkey_kernel::mail_templates!["provider_connected", "provider_disconnected"];

/// Tells a person that a provider signs them in from now on.
struct ProviderConnected<'a> {
    name: &'a str,
    provider: &'a str,
    password_lost: bool,
    origin: &'a Origin,
}

impl Content for ProviderConnected<'_> {
    const TEMPLATE: &'static str = "provider_connected";

    fn values(&self) -> Value {
        json!({
            "name": self.name,
            "provider": self.provider,
            "password_lost": self.password_lost,
            "origin": self.origin,
        })
    }
}

/// Tells a person that a provider signs them in no more.
struct ProviderDisconnected<'a> {
    name: &'a str,
    provider: &'a str,
    origin: &'a Origin,
}

impl Content for ProviderDisconnected<'_> {
    const TEMPLATE: &'static str = "provider_disconnected";

    fn values(&self) -> Value {
        json!({ "name": self.name, "provider": self.provider, "origin": self.origin })
    }
}

/// `provider` is what people call it.
pub(super) async fn connected(
    app: &App,
    client: &Client,
    account: &Account,
    provider: &str,
    password_lost: bool,
) -> Result<OutboxItem, Fault> {
    let name = account.name.as_str();
    let content = ProviderConnected { name, provider, password_lost, origin: &app.origin(client) };
    notice(app, client, account, &content).await
}

/// `provider` is what people call it.
pub(super) async fn disconnected(
    app: &App,
    client: &Client,
    account: &Account,
    provider: &str,
) -> Result<OutboxItem, Fault> {
    let content = ProviderDisconnected { name: account.name.as_str(), provider, origin: &app.origin(client) };
    notice(app, client, account, &content).await
}

async fn notice<C: Content>(app: &App, client: &Client, account: &Account, content: &C) -> Result<OutboxItem, Fault> {
    outbox::mail(app, client, &account.email.deliverable(), content, client.now.plus(NEWS)).await
}
