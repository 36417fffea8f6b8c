//! Raising a suspicion: it is written down, counted, and mailed to the person whom it concerns.
//!
//! Three of them are raised by the limiter, the first time in a window that a limit is hit. The work is the same whether or
//! not the login has an account: the same requests, a mail that reaches nobody in the place of the one to its owner.

use super::mails::{ManyFailedFactors, ManyFailedSignIns, NewCountry};
use super::row::{AuditRow, line, row};
use super::{Event, Notice, Suspicion};
use crate::accounts::{self, Account};
use crate::app::App;
use crate::client::Client;
use crate::fault::Fault;
use crate::id::{AccountId, SessionId};
use crate::outbox::{self, OutboxItem};
use crate::telemetry::Metric;

/// How telling a person ended.
#[derive(Debug, thiserror::Error)]
enum Telling {
    #[error("the person was told within a day")]
    ToldToday,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// So many wrong passwords were tried for one login that no more are evaluated. A login that has no account is told as
/// `nobody`; see [`accounts::nobody_behind`]. 1 transaction of 3 items; 1 `PutItem` more when the person was told within a
/// day.
pub async fn many_failed_sign_ins(
    app: &App,
    client: &Client,
    account: Option<&Account>,
    nobody: AccountId,
) -> Result<(), Fault> {
    let account = account.filter(|account| !account.is_gone(client.now));
    let name = account.map_or("", |account| account.name.as_str());
    let content = ManyFailedSignIns { name, origin: &app.origin(client) };
    let until = client.now.plus(accounts::mails::NEWS);
    let mail = match account {
        Some(account) => outbox::mail(app, client, &account.email.deliverable(), &content, until).await?,
        None => outbox::to_nobody(app, client, &content, until).await?,
    };
    let concerns = account.map(|account| account.id);
    tell(app, client, concerns.unwrap_or(nobody), concerns, Suspicion::ManyFailedSignIns, &mail).await
}

/// A session showed so many wrong passwords in a row that it was ended. The line goes into the transaction that ends it; its
/// user was mailed about the first few already.
pub fn many_wrong_passwords(app: &App, client: &Client, account: AccountId, session: SessionId) -> AuditRow {
    let reason = Suspicion::ManyWrongPasswords;
    row(app, client, account, Event::SuspiciousActivity { session: Some(session), reason })
}

/// So many second factors were wrong that no more are looked at for a while. Whoever showed them had got past the first
/// factor. 1 transaction of 3 items; 1 `PutItem` more when the person was told within a day.
pub async fn many_failed_factors(app: &App, client: &Client, account: &Account) -> Result<(), Fault> {
    let content = ManyFailedFactors { name: account.name.as_str(), origin: &app.origin(client) };
    let until = client.now.plus(accounts::mails::NEWS);
    let mail = outbox::mail(app, client, &account.email.deliverable(), &content, until).await?;
    tell(app, client, account.id, Some(account.id), Suspicion::ManyFailedFactors, &mail).await
}

/// Somebody with the right password signs in from a country from which nobody had. A device that is not known is mailed
/// about anyway, by the sign-in itself: then 1 `PutItem`. Else 1 transaction of 3 items, or 1 `PutItem` more when the
/// person was told within a day. Comes before the sign-in: what fails here lets nobody in.
pub async fn new_country(app: &App, client: &Client, account: &Account, is_known_device: bool) -> Result<(), Fault> {
    let reason = Suspicion::NewCountry;
    if !is_known_device {
        return note(app, client, Some(account.id), reason).await;
    }
    let content = NewCountry { name: account.name.as_str(), origin: &app.origin(client) };
    let until = client.now.plus(accounts::mails::NEWS);
    let mail = outbox::mail(app, client, &account.email.deliverable(), &content, until).await?;
    tell(app, client, account.id, Some(account.id), reason, &mail).await
}

/// So many sign-ins were tried from one address that no more are let through. It concerns nobody in particular, so nobody
/// is mailed: 1 `PutItem`.
pub async fn many_sign_ins_from_address(app: &App, client: &Client) -> Result<(), Fault> {
    note(app, client, None, Suspicion::ManySignInsFromAddress).await
}

/// Writes a suspicion down, and mails it unless that was done within a day. `told` is whose notices count: the account's
/// that it concerns, or nobody's.
async fn tell(
    app: &App,
    client: &Client,
    told: AccountId,
    concerns: Option<AccountId>,
    reason: Suspicion,
    mail: &OutboxItem,
) -> Result<(), Fault> {
    let told_of = line(app, client, concerns, Event::SuspiciousActivity { session: None, reason });
    let written = app
        .store
        .transaction()
        .put_if(&Notice::of(told, reason, client.now), &Notice::is_due(client.now))
        .or(Telling::ToldToday)
        .create(&told_of)
        .create(mail)
        .commit()
        .await;
    match written {
        Ok(()) => {}
        Err(Telling::ToldToday) => app.store.put_new(&told_of).await?,
        Err(Telling::Failed(fault)) => return Err(fault),
    }
    app.metrics.count(Metric::SuspiciousActivity, client.now);
    Ok(())
}

/// Writes a suspicion down: 1 `PutItem`.
async fn note(app: &App, client: &Client, concerns: Option<AccountId>, reason: Suspicion) -> Result<(), Fault> {
    app.store.put_new(&line(app, client, concerns, Event::SuspiciousActivity { session: None, reason })).await?;
    app.metrics.count(Metric::SuspiciousActivity, client.now);
    Ok(())
}
