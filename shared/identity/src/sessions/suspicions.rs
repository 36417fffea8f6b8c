//! Suspicions about sign-ins. Two of them are raised by the limiter, the first time in a window that a limit is hit. The work
//! is the same whether or not the login has an account: the same requests, and a mail without a recipient in the place of
//! the one to its owner.

use super::SessionId;
use super::events::{MANY_FAILED_SIGN_INS, MANY_SIGN_INS_FROM_ADDRESS, MANY_WRONG_PASSWORDS, NEW_COUNTRY};
use super::mails::{ManyFailedSignIns, NewCountry};
use crate::accounts::mails::NEWS;
use crate::accounts::{Account, AccountId};
use crate::app::App;
use crate::audit::events::suspicious_activity;
use crate::audit::{self, AuditRow};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::outbox;

/// So many wrong passwords were tried for one login that no more are evaluated. A login that has no account is told as
/// `nobody`; see [`nobody_behind`](crate::accounts::nobody_behind). 1 transaction of 3 items; 1 `PutItem` more when the user
/// was told within a day.
pub(super) async fn many_failed_sign_ins(
    app: &App,
    client: &Client,
    account: Option<&Account>,
    nobody: AccountId,
) -> Result<(), Fault> {
    let account = account.filter(|account| !account.is_gone(client.now));
    let name = account.map_or("", |account| account.name.as_str());
    let content = ManyFailedSignIns { name, origin: &app.origin(client) };
    let until = client.now.plus(NEWS);
    let mail = match account {
        Some(account) => outbox::mail(app, client, &account.email.deliverable(), &content, until).await?,
        None => outbox::to_nobody(app, client, &content, until).await?,
    };
    let concerns = account.map(|account| account.id);
    audit::tell(app, client, concerns.unwrap_or(nobody), concerns, MANY_FAILED_SIGN_INS, &mail).await
}

/// A session showed so many wrong passwords in a row that it was ended. The row goes into the transaction that ends it; its
/// user was mailed about the first few already.
pub(super) fn many_wrong_passwords(app: &App, client: &Client, account: AccountId, session: SessionId) -> AuditRow {
    audit::row(app, client, account, suspicious_activity(MANY_WRONG_PASSWORDS).with("session", session))
}

/// Somebody with the right password signs in from a country from which there was no sign-in before. A device that is not
/// known is mailed about anyway, by the sign-in itself: then 1 `PutItem`. Else 1 transaction of 3 items, or 1 `PutItem` more
/// when the user was told within a day. Comes before the sign-in: if it fails, there is no session.
pub(super) async fn new_country(
    app: &App,
    client: &Client,
    account: &Account,
    is_known_device: bool,
) -> Result<(), Fault> {
    if !is_known_device {
        return audit::note(app, client, Some(account.id), NEW_COUNTRY).await;
    }
    let content = NewCountry { name: account.name.as_str(), origin: &app.origin(client) };
    let mail = outbox::mail(app, client, &account.email.deliverable(), &content, client.now.plus(NEWS)).await?;
    audit::tell(app, client, account.id, Some(account.id), NEW_COUNTRY, &mail).await
}

/// So many sign-ins were tried from one IP address that no more are let through. It concerns no user in particular, so no
/// mail is sent: 1 `PutItem`.
pub(super) async fn many_sign_ins_from_address(app: &App, client: &Client) -> Result<(), Fault> {
    audit::note(app, client, None, MANY_SIGN_INS_FROM_ADDRESS).await
}
