//! The mails of the domain: every change of the factors is told to the account's address.

use serde_json::{Value, json};

use crate::accounts::mails::NEWS;
use crate::accounts::{Account, Factor};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::origin::Origin;
use latchkey_kernel::mail::{Content, Template};
use latchkey_kernel::outbox::{self, OutboxItem};

/// Their templates.
pub const TEMPLATES: &[Template] = latchkey_kernel::mail_templates![
    "factor_added",
    "factor_removed",
    "factors_reset",
    "many_failed_factors",
    "passkey_added",
    "passkey_removed",
    "recovery_code_used",
    "recovery_codes_renewed"
];

/// Tells a person that the account has a second factor from now on.
struct FactorAdded<'a> {
    name: &'a str,
    factor: &'static str,
    origin: &'a Origin,
}

impl Content for FactorAdded<'_> {
    const TEMPLATE: &'static str = "factor_added";

    fn values(&self) -> Value {
        json!({ "name": self.name, "factor": self.factor, "origin": self.origin })
    }
}

/// Tells a person that the account has one no more.
struct FactorRemoved<'a> {
    name: &'a str,
    factor: &'static str,
    origin: &'a Origin,
}

impl Content for FactorRemoved<'_> {
    const TEMPLATE: &'static str = "factor_removed";

    fn values(&self) -> Value {
        json!({ "name": self.name, "factor": self.factor, "origin": self.origin })
    }
}

/// Tells a person that a passkey signs in from now on. What it is called is not told: whoever added it chose the words.
struct PasskeyAdded<'a> {
    name: &'a str,
    origin: &'a Origin,
}

impl Content for PasskeyAdded<'_> {
    const TEMPLATE: &'static str = "passkey_added";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}

/// Tells a person that a passkey signs in no more.
struct PasskeyRemoved<'a> {
    name: &'a str,
    origin: &'a Origin,
}

impl Content for PasskeyRemoved<'_> {
    const TEMPLATE: &'static str = "passkey_removed";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}

/// Tells a person that a recovery code stood in for a factor, and how many are left.
struct RecoveryCodeUsed<'a> {
    name: &'a str,
    left: usize,
    origin: &'a Origin,
}

impl Content for RecoveryCodeUsed<'_> {
    const TEMPLATE: &'static str = "recovery_code_used";

    fn values(&self) -> Value {
        json!({ "name": self.name, "left": self.left, "origin": self.origin })
    }
}

/// Tells a person that the recovery codes from before are void.
struct RecoveryCodesRenewed<'a> {
    name: &'a str,
    origin: &'a Origin,
}

impl Content for RecoveryCodesRenewed<'_> {
    const TEMPLATE: &'static str = "recovery_codes_renewed";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}

/// Tells a user that an operator took every second factor away.
struct FactorsReset<'a> {
    name: &'a str,
    has_password: bool,
}

impl Content for FactorsReset<'_> {
    const TEMPLATE: &'static str = "factors_reset";

    fn values(&self) -> Value {
        json!({ "name": self.name, "has_password": self.has_password })
    }
}

/// What a factor is called in a mail.
fn in_words(factor: Factor) -> &'static str {
    match factor {
        Factor::Totp => "an authenticator app",
        Factor::Passkey => "a passkey",
        Factor::RecoveryCode => "a recovery code",
    }
}

pub(super) async fn factor_added(
    app: &App,
    client: &Client,
    account: &Account,
    factor: Factor,
) -> Result<OutboxItem, Fault> {
    let content = FactorAdded { name: account.name.as_str(), factor: in_words(factor), origin: &app.origin(client) };
    notice(app, client, account, &content).await
}

pub(super) async fn factor_removed(
    app: &App,
    client: &Client,
    account: &Account,
    factor: Factor,
) -> Result<OutboxItem, Fault> {
    let content = FactorRemoved { name: account.name.as_str(), factor: in_words(factor), origin: &app.origin(client) };
    notice(app, client, account, &content).await
}

pub(super) async fn factors_reset(app: &App, client: &Client, account: &Account) -> Result<OutboxItem, Fault> {
    let content = FactorsReset { name: account.name.as_str(), has_password: account.password.is_some() };
    notice(app, client, account, &content).await
}

pub(super) async fn passkey_added(app: &App, client: &Client, account: &Account) -> Result<OutboxItem, Fault> {
    let content = PasskeyAdded { name: account.name.as_str(), origin: &app.origin(client) };
    notice(app, client, account, &content).await
}

pub(super) async fn passkey_removed(app: &App, client: &Client, account: &Account) -> Result<OutboxItem, Fault> {
    let content = PasskeyRemoved { name: account.name.as_str(), origin: &app.origin(client) };
    notice(app, client, account, &content).await
}

pub(super) async fn recovery_code_used(
    app: &App,
    client: &Client,
    account: &Account,
    left: usize,
) -> Result<OutboxItem, Fault> {
    let content = RecoveryCodeUsed { name: account.name.as_str(), left, origin: &app.origin(client) };
    notice(app, client, account, &content).await
}

pub(super) async fn recovery_codes_renewed(app: &App, client: &Client, account: &Account) -> Result<OutboxItem, Fault> {
    let content = RecoveryCodesRenewed { name: account.name.as_str(), origin: &app.origin(client) };
    notice(app, client, account, &content).await
}

async fn notice<C: Content>(app: &App, client: &Client, account: &Account, content: &C) -> Result<OutboxItem, Fault> {
    outbox::mail(app, client, &account.email.deliverable(), content, client.now.plus(NEWS)).await
}

/// Tells a person that second factors were tried for the account, so many wrong ones that no more are looked at.
struct ManyFailedFactors<'a> {
    name: &'a str,
    origin: &'a Origin,
}

impl Content for ManyFailedFactors<'_> {
    const TEMPLATE: &'static str = "many_failed_factors";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}

/// The mail about second factors of which so many were wrong that no more are looked at.
pub(super) async fn many_failed_factors(app: &App, client: &Client, account: &Account) -> Result<OutboxItem, Fault> {
    let content = ManyFailedFactors { name: account.name.as_str(), origin: &app.origin(client) };
    outbox::mail(app, client, &account.email.deliverable(), &content, client.now.plus(NEWS)).await
}
