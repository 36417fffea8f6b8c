//! What is known of people, all of it: the list of the domains, and what the privacy domain itself keeps.

use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::export::exports_of;
use super::{DataRequest, store};
use crate::accounts;
use crate::audit;
use crate::dynamo::{Entity, Row as _, keys, present};
use crate::fault::Fault;
use crate::mfa;
use crate::personal_data::{Archive, Declared, Erasure, ExportError, Exported, File, Person, PersonalData};
use crate::sessions;
use crate::social;

/// Every domain that keeps something of people, in the order in which an export lists them and an erasure asks them.
pub const DOMAINS: &[&dyn PersonalData] = &[
    &accounts::PersonalData,
    &sessions::PersonalData,
    &mfa::PersonalData,
    &social::PersonalData,
    &audit::PersonalData,
    &Privacy,
];

/// How many requests are read at a time.
const PAGE: usize = 100;

const REQUESTS: File =
    File { name: "data_requests.jsonl", meaning: "What you asked us to do with your data, a line each." };

/// The privacy domain.
#[derive(Debug)]
pub(super) struct Privacy;

impl PersonalData for Privacy {
    fn domain(&self) -> &'static str {
        "privacy"
    }

    fn items(&self) -> &'static [Declared] {
        const ITEMS: &[Declared] = &[
            Declared::in_partition(Entity::DataRequest, Exported::In(REQUESTS.name)),
            Declared::by_domain(
                Entity::DataExport,
                Exported::Not("where a file like this one lies for some days"),
                "with every version of its file",
            ),
            Declared::by_domain(
                Entity::Erasure,
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
        person: &'a Person<'a>,
        archive: &'a mut Archive,
    ) -> LocalBoxFuture<'a, Result<(), ExportError>> {
        Box::pin(export(person, archive))
    }

    fn erase<'a>(&'a self, erasure: &'a mut Erasure<'_>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(erase(erasure))
    }
}

/// Newest first: 1 `Query` for each 100 requests.
async fn export(person: &Person<'_>, archive: &mut Archive) -> Result<(), ExportError> {
    let mut lines = archive.add_jsonl(&REQUESTS)?;
    let mut after = None;
    loop {
        let page = store::page(&person.app.store, person.account.id, after, PAGE).await?;
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
async fn erase(erasure: &mut Erasure<'_>) -> Result<(), Fault> {
    let (app, account) = (erasure.app, erasure.account);
    loop {
        let page = store::page(&app.store, account.id, None, PAGE).await?;
        for request in &page.rows {
            let key = keys::data_request(account.id, request.id);
            erasure.remove(Entity::DataRequest, &key, &present()).await?;
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
            erasure.remove(Entity::DataExport, &export.key(), &present()).await?;
        }
        if page.rows.is_empty() {
            return Ok(());
        }
    }
}
