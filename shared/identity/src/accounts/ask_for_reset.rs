//! Asking for a new password: a code and a link are mailed to the address, if it has an account.
//!
//! The code is good with the token of the answer alone, the link by itself. A link is good for an hour; the last one that a
//! limit of the email address lets through is good for as long as the limit lets no other one through. So whatever
//! strangers ask for, there is a link in the mailbox that works, or another can be mailed.

use jiff::SignedDuration;

use super::code_flow::{self, FlowKind, FlowToken, Mailed, Purpose};
use super::code_request::{Addressee, Due, MailLimits, Requested, addressee};
use super::{EmailAddress, mails, suspend};
use crate::app::App;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;
use latchkey_kernel::outbox;
use latchkey_kernel::secret::{Macs, OpaqueToken, TokenKind};

/// How long a mailed link is good, at least.
pub(super) const LINK_LIFE: SignedDuration = SignedDuration::from_mins(60);

/// The kind of [`ResetLink`].
pub struct ResetLinkKind;

impl TokenKind for ResetLinkKind {
    const PREFIX: &'static str = "lkp_";
}

/// The token in the mailed link.
pub type ResetLink = OpaqueToken<ResetLinkKind>;

/// The kind of [`ResetToken`].
pub struct ResetTokenKind;

impl TokenKind for ResetTokenKind {
    const PREFIX: &'static str = "lkw_";
}

impl FlowKind for ResetTokenKind {
    const PURPOSE: Purpose = Purpose::PasswordReset;
}

/// Binds the mailed code to the request for it.
pub type ResetToken = FlowToken<ResetTokenKind>;

/// Mails a code and a link; the token that the code is good with. 2 `BatchGetItem`s, 3 limiter updates, 1 transaction of 2
/// items; past a limit of the email address see `addressee`.
pub async fn ask_for_reset(
    app: &App,
    client: &Client,
    email: &EmailAddress,
) -> Result<Requested<ResetTokenKind>, Refused> {
    let macs = app.macs().await?;
    let reset = &app.config.password_reset;
    let limits = MailLimits { address: reset.limit, mailbox: reset.mails };
    match addressee::<ResetTokenKind, Refused>(app, client, &macs, email, limits).await? {
        Due::Code(to) => mail_code(app, client, &macs, *to, email).await,
        Due::Nothing(account) => {
            let token = code_flow::token_of_nothing(account, macs.lookup_key(), &app.entropy);
            Ok(Requested::new(token, client))
        }
    }
}

async fn mail_code(
    app: &App,
    client: &Client,
    macs: &Macs,
    to: Addressee,
    email: &EmailAddress,
) -> Result<Requested<ResetTokenKind>, Refused> {
    let (purpose, address, now) = (Purpose::PasswordReset, to.address(email), client.now);
    let (mut mailed, code) = Mailed::issue(purpose, to.id, address, to.epoch(), macs.lookup_key(), &app.entropy, now);
    let (link, link_until): (ResetLink, _) = mailed.add_link(LINK_LIFE.max(to.closed_for), &app.entropy, now);
    let account = to.account.as_ref();
    let content = mails::PasswordReset {
        name: account.map_or("", |account| account.name.as_str()),
        has_password: account.is_none_or(|account| account.password.is_some()),
        code: code.reveal(),
        code_until: mailed.code_expires_at(),
        link: &format!("{}/reset-password?token={}", app.config.public_url, link.reveal()),
        link_until,
        origin: &app.origin(client),
    };
    let mail = match account {
        Some(account) if account.is_suspended() => suspend::notice(app, client, account, true).await?,
        Some(account) => outbox::mail(app, client, &account.email.deliverable(), &content, link_until).await?,
        None => outbox::to_nobody(app, client, &content, link_until).await?,
    };
    Ok(to.begin(app, client, macs, &mailed, &mail).await?)
}
