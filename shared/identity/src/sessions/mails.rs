//! The mails of the sessions domain.

use serde_json::{Value, json};

use super::EndLink;
use crate::accounts::Account;
use crate::accounts::mails::NEWS;
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::origin::Origin;
use latchkey_kernel::mail::{Content, Template};
use latchkey_kernel::outbox::{self, OutboxItem};

/// Their templates.
pub const TEMPLATES: &[Template] = latchkey_kernel::mail_templates![
    "many_failed_sign_ins",
    "new_country",
    "new_sign_in",
    "refresh_token_reused",
    "sessions_ended",
    "step_up_code",
];

/// Tells a person that a device which is not known has signed in, and how to end that.
struct NewSignIn<'a> {
    name: &'a str,
    origin: &'a Origin,
    link: &'a str,
    new_country: bool,
}

impl Content for NewSignIn<'_> {
    const TEMPLATE: &'static str = "new_sign_in";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin, "link": self.link, "new_country": self.new_country })
    }
}

/// The mail to the owner of an account that a stranger has signed in to, with the link that ends it.
pub(super) async fn new_sign_in(
    app: &App,
    client: &Client,
    account: &Account,
    link: &EndLink,
    new_country: bool,
) -> Result<OutboxItem, Fault> {
    let link = format!("{}/end-session?token={}", app.config.public_url, link.reveal());
    let content = NewSignIn { name: account.name.as_str(), origin: &app.origin(client), link: &link, new_country };
    outbox::mail(app, client, &account.email.deliverable(), &content, client.now.plus(NEWS)).await
}

/// Tells a person that a session was ended because one of its old tokens came back.
pub(super) struct RefreshTokenReused<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for RefreshTokenReused<'_> {
    const TEMPLATE: &'static str = "refresh_token_reused";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}

/// Tells a user that an operator signed every device out.
pub(super) struct SessionsEnded<'a> {
    pub(super) name: &'a str,
}

impl Content for SessionsEnded<'_> {
    const TEMPLATE: &'static str = "sessions_ended";

    fn values(&self) -> Value {
        json!({ "name": self.name })
    }
}

/// Carries the code with which a person without a password shows once more who they are.
pub(super) struct StepUpCode<'a> {
    pub(super) name: &'a str,
    pub(super) code: &'a str,
    pub(super) code_until: Timestamp,
    pub(super) origin: &'a Origin,
}

impl Content for StepUpCode<'_> {
    const TEMPLATE: &'static str = "step_up_code";

    fn values(&self) -> Value {
        let code_until = self.code_until.for_people();
        json!({ "name": self.name, "code": self.code, "code_until": code_until, "origin": self.origin })
    }
}

/// Tells a person that wrong passwords were tried for the account, so many that no more are let through.
pub(super) struct ManyFailedSignIns<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for ManyFailedSignIns<'_> {
    const TEMPLATE: &'static str = "many_failed_sign_ins";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}

/// Tells a person that a device of theirs signed in from a country from which there was no sign-in before.
pub(super) struct NewCountry<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a Origin,
}

impl Content for NewCountry<'_> {
    const TEMPLATE: &'static str = "new_country";

    fn values(&self) -> Value {
        json!({ "name": self.name, "origin": self.origin })
    }
}
