//! Packing everything that we know of a person.
//!
//! The file is written under one key whoever tries, and is not there before it is whole. What marks the request as
//! completed also writes the link's mail and deletes the job, so a crash before it means that all is done again, and a
//! crash after it that nothing is left to do.

use serde_json::json;

use super::store::DataExportRow;
use crate::accounts::email_change::{Doing, notices_to_former_addresses};
use crate::accounts::{self, Account, AccountHolder, AccountId, Username};
use crate::app::App;
use crate::privacy::{DataRequest, DataRequestId, RequestType, Status, mails, store};
use latchkey_kernel::bucket::{Bucket, BucketError};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::Transaction;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::outbox::{self, Cause, ClaimedJob, JobWorker};
use latchkey_kernel::personal_data::{Archive, ExportError, Made};
use latchkey_kernel::secret::{OpaqueToken, TokenKind};

/// What an export is served as.
pub(super) const CONTENT_TYPE: &str = "application/zip";

/// The kind of [`DownloadToken`].
pub struct DownloadTokenKind;

impl TokenKind for DownloadTokenKind {
    const PREFIX: &'static str = "lkz_";
}

/// The token in the mailed link: it names the account and the request, and holds 256 random bits.
pub type DownloadToken = OpaqueToken<DownloadTokenKind, 32>;

/// Why an export is not there yet.
#[derive(Debug, thiserror::Error)]
pub(in crate::privacy) enum Failure {
    /// Its request was taken back or ended, or its person is gone: there is nothing to do.
    #[error("the request is not open any more")]
    Void,
    /// The account's exports were closed since it was asked for.
    #[error("the account's exports were closed")]
    Closed,
    /// It may succeed at another try.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// This deployment has no bucket.
    #[error("there is no bucket")]
    NoBucket,
}

impl From<Fault> for Failure {
    fn from(error: Fault) -> Self {
        Self::Export(error.into())
    }
}

impl From<BucketError> for Failure {
    fn from(error: BucketError) -> Self {
        Fault::from(error).into()
    }
}

/// Packs, and mails the link: 1 transaction and 1 `GetItem`, the requests of every domain, 2 requests to the bucket and 1
/// for each 8 MiB, then 1 `GetItem` and 1 transaction of 4 items, and 1 more for each address that the account gave up and
/// could still get back.
pub(in crate::privacy) async fn carry_out(
    worker: &JobWorker<App>,
    job: &ClaimedJob,
    (account, request): (AccountId, DataRequestId),
    object: &str,
) -> Result<(), Failure> {
    let app = &worker.application;
    let bucket = app.bucket.as_ref().ok_or(Failure::NoBucket)?;
    let (account, request) = begin(app, account, request, job.now).await?;
    let upload = bucket.begin_upload(object, CONTENT_TYPE).await?;
    let archive = Archive::new(upload.sink(), job.now);
    let holder = AccountHolder { app: app.clone(), account, events: worker.events, now: job.now };
    let made = match pack(worker, &holder, &request, archive).await {
        Ok(made) => made,
        Err(error) => {
            // Whoever tries again aborts it as well, if this does not come through.
            if let Err(unaborted) = upload.abort().await {
                tracing::warn!(%unaborted, "an upload was left behind");
            }
            return Err(error.into());
        }
    };
    tell(app, job, &holder.account, &request, object, &made).await
}

/// Marks the request as being carried out, if it is open and its person is still here.
async fn begin(
    app: &App,
    account: AccountId,
    request: DataRequestId,
    now: Timestamp,
) -> Result<(Account, DataRequest), Failure> {
    let account = accounts::by_id(&app.store, account).await?;
    let account = account.filter(|account| !account.is_gone(now)).ok_or(Failure::Void)?;
    let started = app.store.update_item(store::start(account.id, request, RequestType::Export, now)).await?;
    if started.is_err() {
        return Err(Failure::Void);
    }
    let request = store::find(&app.store, account.id, request).await?.ok_or(Failure::Void)?;
    if request.export_epoch != account.export_epoch {
        return Err(Failure::Closed);
    }
    Ok((account, request))
}

async fn pack(
    worker: &JobWorker<App>,
    holder: &AccountHolder,
    request: &DataRequest,
    mut archive: Archive,
) -> Result<Made, ExportError> {
    for domain in &worker.personal_data {
        domain.export(holder, &mut archive).await?;
    }
    let about = json!({
        "about": format!("Everything that {} knows of you.", holder.app.config.app_name),
        "request_id": request.id,
        "request_date": request.created_at,
        "export_date": holder.now,
    });
    archive.finish(&about).await
}

/// Notes that the export is there, and mails its link; the addresses that the account gave up lately hear of it, too. If
/// the request ended meanwhile, nothing is noted.
async fn tell(
    app: &App,
    job: &ClaimedJob,
    account: &Account,
    request: &DataRequest,
    object: &str,
    made: &Made,
) -> Result<(), Failure> {
    let now = job.now;
    let token = DownloadToken::of_two(account.id.as_bytes(), request.id.as_bytes(), &app.entropy);
    let expires_at = now.plus(app.config.exports.kept);
    let row = DataExportRow::new(
        request,
        object.to_owned(),
        file_name(account, now),
        made.size,
        token.digest(),
        now,
        expires_at,
    );
    let link = format!("{}/api/auth/data-export/download/{}", app.config.public_url, token.reveal());
    let content = mails::ExportReady { name: account.name.as_str(), link: &link, expires_at, size: made.size };
    let cause = Cause { now, request_id: job.request_id() };
    let to = account.email.deliverable();
    let mail = outbox::mail_of_job(app, cause, &to, &content, expires_at).await.map_err(ExportError::from)?;
    let notices = notices_to_former_addresses::<ExportError>(app, cause, account, Doing::Export).await?;
    let (done, ours) = job.done();
    let transaction = app
        .store
        .transaction()
        .update(&store::finish(account.id, request.id, Status::Completed, "Data export file created successfully", now))
        .or(Failure::Void)
        .put(&row)
        .create(&mail)
        .delete(&done, Some(&ours))
        .or(Failure::from(Fault::CONTENTION));
    notices.iter().fold(transaction, Transaction::create).commit().await
}

/// Cancels a request that its account closed: 1 transaction of 2 items, and what clearing away costs.
pub(in crate::privacy) async fn close(
    app: &App,
    job: &ClaimedJob,
    whose: (AccountId, DataRequestId),
    object: &str,
) -> Result<(), Failure> {
    end(app, job, whose, object, (Status::Cancelled, "Cancelled when the account was secured")).await
}

/// Ends a request that cannot be carried out, so that its person sees it and may ask again: 1 transaction of 2 items, and
/// what clearing away costs.
pub(in crate::privacy) async fn give_up(
    app: &App,
    job: &ClaimedJob,
    (account, request): (AccountId, DataRequestId),
    object: &str,
    why: &str,
) -> Result<(), Failure> {
    end(app, job, (account, request), object, (Status::Failed, &format!("Processing failed: {why}"))).await
}

async fn end(
    app: &App,
    job: &ClaimedJob,
    (account, request): (AccountId, DataRequestId),
    object: &str,
    (status, outcome): (Status, &str),
) -> Result<(), Failure> {
    clear_bucket(app.bucket.as_ref(), object).await?;
    let (done, ours) = job.done();
    app.store
        .transaction()
        .update(&store::finish(account, request, status, outcome, job.now))
        .or(Failure::Void)
        .delete(&done, Some(&ours))
        .or(Failure::from(Fault::CONTENTION))
        .commit()
        .await
}

/// Clears away what was begun for a request that is not open any more, and the job: up to 4 requests to the bucket, 1
/// `DeleteItem`.
pub(in crate::privacy) async fn clean_up(app: &App, job: &ClaimedJob, object: &str) -> Result<(), Failure> {
    clear_bucket(app.bucket.as_ref(), object).await?;
    Ok(job.complete(app).await?)
}

async fn clear_bucket(bucket: Option<&Bucket>, object: &str) -> Result<(), BucketError> {
    let Some(bucket) = bucket else { return Ok(()) };
    bucket.abort_uploads(object).await?;
    bucket.forget(object).await
}

/// `user_data_export_ada_20260302_093000.zip`, with the id where the username has letters that a header cannot carry.
fn file_name(account: &Account, now: Timestamp) -> String {
    let username = account.username.as_ref().map(Username::as_str).filter(|name| name.is_ascii());
    let whose = username.map_or_else(|| account.id.to_string(), str::to_owned);
    format!("user_data_export_{whose}_{}.zip", now.stamp())
}
