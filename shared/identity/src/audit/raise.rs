//! Raising a suspicion: it is recorded, counted, and mailed to the user whom it concerns. Which suspicions there are, and
//! what their mails say, each domain decides itself.

use super::row::line;
use super::{Notice, Suspicion, events, metrics};
use crate::accounts::AccountId;
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::outbox::OutboxItem;

/// How telling a user ended.
#[derive(Debug, thiserror::Error)]
enum Telling {
    #[error("the user was told within a day")]
    ToldToday,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Records a suspicion, and mails it unless that was done within a day: 1 transaction of 3 items; 1 `PutItem` more when it
/// was. `told` is whose notices count: those of the account that it concerns, or of one that does not exist where the login
/// has no account.
pub async fn tell(
    app: &App,
    client: &Client,
    told: AccountId,
    concerns: Option<AccountId>,
    reason: Suspicion,
    mail: &OutboxItem,
) -> Result<(), Fault> {
    let told_of = line(app, client, concerns, events::suspicious_activity(reason));
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
    app.metrics.count(metrics::SUSPICIOUS_ACTIVITY, client.now);
    Ok(())
}

/// Records a suspicion of which no mail is sent: 1 `PutItem`.
pub async fn note(app: &App, client: &Client, concerns: Option<AccountId>, reason: Suspicion) -> Result<(), Fault> {
    app.store.put_new(&line(app, client, concerns, events::suspicious_activity(reason))).await?;
    app.metrics.count(metrics::SUSPICIOUS_ACTIVITY, client.now);
    Ok(())
}
