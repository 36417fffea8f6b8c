//! Erasing a person, chunk by chunk.

use super::certificate::Certificate;
use crate::accounts::{self, Account, AccountHolder, AccountId};
use crate::app::App;
use crate::audit;
use crate::privacy::{DataRequestId, RequestType, events, mails, store};
use latchkey_kernel::dynamo::{Condition, Key, Row as _, Table, absent, equals, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::mail;
use latchkey_kernel::mail::{suppression, suppression_key};
use latchkey_kernel::outbox::{self, Cause, ClaimedJob, JobWorker, OutboxItem};
use latchkey_kernel::personal_data::{Erasure, ErasureRow, under_way};

/// How many keys of a partition are looked at in one request.
const PAGE: i32 = 250;

/// How a transaction of the erasure is refused.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the request was taken back")]
    TakenBack,
    #[error("somebody else goes on with it")]
    Overtaken,
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Erases the person that a job names, if the request was not taken back: what is in the lines above, and nothing if it
/// is done.
pub(in crate::privacy) async fn carry_out(
    worker: &JobWorker<App>,
    job: &ClaimedJob,
    (account, request): (AccountId, DataRequestId),
    pseudonym: AccountId,
) -> Result<(), Fault> {
    let app = &worker.application;
    let Some(account) = accounts::by_id(&app.store, account).await? else { return job.complete(app).await };
    let holder = AccountHolder { app: app.clone(), account, events: worker.events, now: job.now };
    let Some(row) = begin(&holder, request, pseudonym).await? else {
        return job.complete(app).await;
    };
    let mut erasure = Erasure::new(&holder, row);
    for domain in &worker.personal_data {
        domain.erase(&mut erasure).await?;
    }
    erase_partitions(&mut erasure).await?;
    for domain in &worker.personal_data {
        domain.erase_last(&mut erasure).await?;
    }
    finish(erasure, job).await
}

/// Marks the request and begins the tally, or goes on with the one that was begun. None if the request was taken back.
async fn begin(
    holder: &AccountHolder,
    request: DataRequestId,
    pseudonym: AccountId,
) -> Result<Option<ErasureRow>, Fault> {
    let AccountHolder { app, account, now, .. } = holder;
    let now = *now;
    let due = account.deletion.as_ref().filter(|deletion| deletion.request == request && deletion.is_due(now));
    if due.is_none() {
        return Ok(None);
    }
    if let Some(row) = under_way(holder).await? {
        return Ok(Some(row).filter(|row| DataRequestId::from(row.request) == request));
    }
    let row = ErasureRow::new(holder, request.into(), pseudonym.into(), now);
    let begun = app
        .store
        .transaction()
        .update(&store::start(account.id, request, RequestType::Delete, now))
        .or(Refusal::TakenBack)
        .create(&row)
        .or(Refusal::Overtaken)
        .commit()
        .await;
    match begun {
        Ok(()) => Ok(Some(row)),
        Err(Refusal::TakenBack) => Ok(None),
        Err(Refusal::Overtaken) => Err(Fault::CONTENTION),
        Err(Refusal::Failed(fault)) => Err(fault),
    }
}

/// Forgets what lies in the person's partitions, but for what the last step needs.
async fn erase_partitions(erasure: &mut Erasure<'_, AccountHolder>) -> Result<(), Fault> {
    let AccountHolder { app, account, .. } = erasure.subject;
    for table in [Table::Ephemeral, Table::Main] {
        let range = accounts::keys::partition_of(account.id, table);
        let kept = [accounts::keys::account(account.id), erasure.row().key()];
        loop {
            let mut found = app.store.keys_in(&range, PAGE).await?;
            found.retain(|(_, key)| !kept.contains(key));
            if found.is_empty() {
                break;
            }
            erasure.remove_all(&found).await?;
        }
    }
    Ok(())
}

/// The last step: 1 `GetItem`, 1 transaction of 7 to 9 items. From then on the address is anybody's, and nothing is known
/// of whose it was.
async fn finish(erasure: Erasure<'_, AccountHolder>, job: &ClaimedJob) -> Result<(), Fault> {
    let AccountHolder { app, account, now, .. } = erasure.subject;
    let (now, row) = (*now, erasure.row());
    let request = DataRequestId::from(row.request);
    let macs = app.macs().await?;
    let to = account.email.deliverable();
    let suppressed = suppression(&app.store, &macs, &to, now).await?;
    let mut removed = row.tally.clone();
    let last = [
        Some(accounts::keys::ACCOUNT),
        Some(accounts::keys::EMAIL_CLAIM),
        suppressed.as_ref().map(|_| mail::keys::MAIL_SUPPRESSION),
    ];
    for entity in last.into_iter().flatten() {
        *removed.entry(entity.name().to_owned()).or_default() += 1;
    }
    let requested_at = request.created_at();
    let certificate = Certificate { request, requested_at, started_at: row.started_at, erased_at: now, removed };
    let (claim, mine) = accounts::claim_on_address(account);
    let (done, ours) = job.done();
    let unchanged = row.unchanged();
    let steps: [(Key, Condition); 4] = [
        (accounts::keys::account(account.id), present().and(equals("deletion_request", request.to_string()))),
        (claim, absent().or(mine)),
        (row.key(), unchanged),
        (done, ours),
    ];
    let mut transaction = app.store.transaction();
    for (key, condition) in &steps {
        transaction = transaction.delete(key, Some(condition)).or(Refusal::Overtaken);
    }
    transaction = transaction.create(&certificate).create(&audit::row_of_erased(
        app,
        row.pseudonym.into(),
        events::account_deleted(),
        now,
    ));
    // Deleted even if it expired: it is a MAC of the address.
    transaction = transaction.delete(&suppression_key(&macs, &to), None);
    let mail = last_mail(app, job, account, &certificate).await?;
    if suppressed.is_none() {
        transaction = transaction.create(&mail);
    }
    match transaction.commit().await {
        Ok(()) => Ok(()),
        Err(Refusal::TakenBack | Refusal::Overtaken) => Err(Fault::CONTENTION),
        Err(Refusal::Failed(fault)) => Err(fault),
    }
}

/// What the person is told. The address goes with it, sealed, and is gone when the mail is.
async fn last_mail(
    app: &App,
    job: &ClaimedJob,
    account: &Account,
    certificate: &Certificate,
) -> Result<OutboxItem, Fault> {
    let request = certificate.request.to_string();
    let content = mails::AccountErased { name: account.name.as_str(), certificate: &request, erased_at: job.now };
    let cause = Cause { now: job.now, request_id: job.request_id() };
    let useful_until = job.now.plus(accounts::mails::NEWS);
    outbox::mail_of_job(app, cause, &account.email.deliverable(), &content, useful_until).await
}
