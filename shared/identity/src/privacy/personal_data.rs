//! What the privacy domain knows of users: what they asked us to do with their data.

use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::export::exports_of;
use super::{DataRequest, keys, store};
use crate::accounts::AccountHolder;
use latchkey_kernel::dynamo::{Row as _, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::personal_data;
use latchkey_kernel::personal_data::{Archive, Declared, Erasure, ExportError, Exported, File, PersonalData};

/// How many requests are read at a time.
const PAGE: usize = 100;

const REQUESTS: File =
    File { name: "data_requests.jsonl", meaning: "What you asked us to do with your data, a line each." };

/// The privacy domain.
#[derive(Debug)]
pub struct Privacy;

impl PersonalData<AccountHolder> for Privacy {
    fn domain(&self) -> &'static str {
        "privacy"
    }

    fn items(&self) -> &'static [Declared] {
        const ITEMS: &[Declared] = &[
            Declared::in_partition(keys::DATA_REQUEST, Exported::In(REQUESTS.name)),
            Declared::by_domain(
                keys::DATA_EXPORT,
                Exported::Not("where a file like this one lies for some days"),
                "with every version of its file",
            ),
            Declared::by_domain(
                personal_data::keys::ERASURE,
                Exported::Not("how much is erased already, of which nothing is left to be told"),
                "with the last step",
            ),
        ];
        ITEMS
    }

    fn files(&self) -> &'static [File] {
        &[REQUESTS]
    }

    fn export<'a>(
        &'a self,
        holder: &'a AccountHolder,
        archive: &'a mut Archive,
    ) -> LocalBoxFuture<'a, Result<(), ExportError>> {
        Box::pin(export(holder, archive))
    }

    fn erase<'a>(&'a self, erasure: &'a mut Erasure<'_, AccountHolder>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(erase(erasure))
    }
}

/// Newest first: 1 `Query` for each 100 requests.
async fn export(holder: &AccountHolder, archive: &mut Archive) -> Result<(), ExportError> {
    let mut lines = archive.add_jsonl(&REQUESTS)?;
    let mut after = None;
    loop {
        let page = store::page(&holder.app.store, holder.account.id, after, PAGE).await?;
        for request in &page.rows {
            lines.add(&told(request)).await?;
        }
        after = page.rows.last().map(|last| last.id);
        if !page.more {
            return Ok(());
        }
    }
}

fn told(request: &DataRequest) -> serde_json::Value {
    json!({
        "id": request.id,
        "request_type": request.request_type,
        "status": request.status,
        "notes": request.notes,
        "outcome": request.outcome,
        "started_at": request.started_at,
        "finished_at": request.finished_at,
        "created_at": request.created_at,
        "updated_at": request.updated_at,
    })
}

/// The requests first: without an open one no export under way can be completed any more, and its job clears away what it
/// has begun. Then the exports that there are, each with its file. 1 `Query` for each 100 of them, 1 transaction for each,
/// and for each export what forgetting its file costs.
async fn erase(erasure: &mut Erasure<'_, AccountHolder>) -> Result<(), Fault> {
    let AccountHolder { app, account, .. } = erasure.subject;
    loop {
        let page = store::page(&app.store, account.id, None, PAGE).await?;
        for request in &page.rows {
            let key = keys::data_request(account.id, request.id);
            erasure.remove(keys::DATA_REQUEST, &key, &present()).await?;
        }
        if page.rows.is_empty() {
            break;
        }
    }
    loop {
        let page = exports_of(&app.store, account.id, None, PAGE).await?;
        for export in &page.rows {
            if let Some(bucket) = &app.bucket {
                bucket.forget(&export.object).await?;
            }
            erasure.remove(keys::DATA_EXPORT, &export.key(), &present()).await?;
        }
        if page.rows.is_empty() {
            return Ok(());
        }
    }
}
