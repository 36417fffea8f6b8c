//! What the audit log knows of people: what happened to their accounts, when, and from where.
//!
//! The log outlives the person, since it is also the record of who did what to the system. After an erasure a line keeps
//! time, event, outcome and factor, under an id that no account has, had or will have: one drawn for this erasure, which
//! nothing ties to the person once it is done. Address, user agent, place, request and all that is told of the event are
//! gone. So lines move to another partition, which is why the one function that erases may delete lines of the log, as no
//! other may; it may change none.

use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::Entry;
use super::row::{AuditRow, of_month_oldest_first};
use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::dynamo::{Entity, Key, Row as _, Store};
use crate::fault::Fault;
use crate::id::AuditId;
use crate::personal_data::{Archive, Declared, Erasure, ExportError, Exported, File, Person, PersonalData};

/// How many lines are read at a time.
const PAGE: usize = 500;

const LOG: File =
    File { name: "audit_logs.jsonl", meaning: "What happened to your account, oldest first, a line each." };

/// The audit domain.
#[derive(Debug)]
pub struct Audit;

impl PersonalData for Audit {
    fn domain(&self) -> &'static str {
        "audit"
    }

    fn items(&self) -> &'static [Declared] {
        const ITEMS: &[Declared] = &[
            Declared::by_domain(
                Entity::AuditEvent,
                Exported::In(LOG.name),
                "lines go on without the person, under an id that nobody has",
            ),
            Declared::in_partition(Entity::SecurityNotice, Exported::Not("that a mail was sent of what the log tells")),
        ];
        ITEMS
    }

    fn files(&self) -> &'static [File] {
        &[LOG]
    }

    fn export<'a>(
        &'a self,
        person: &'a Person<'a>,
        archive: &'a mut Archive,
    ) -> LocalBoxFuture<'a, Result<(), ExportError>> {
        Box::pin(export(person, archive))
    }

    /// Following the link of an export adds a line while the export is there, signing out while the session is.
    fn erase_last<'a>(&'a self, erasure: &'a mut Erasure<'_>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(erase(erasure))
    }
}

/// 1 `Query` for each 500 lines, and at least 1 for each month since the account came into being.
async fn export(person: &Person<'_>, archive: &mut Archive) -> Result<(), ExportError> {
    let mut lines = archive.add_jsonl(&LOG)?;
    let mut walk = Walk::of(person.account, person.now);
    while let Some(rows) = walk.next(&person.app.store, PAGE).await? {
        for entry in rows.into_iter().filter(|row| row.is_kept(person.now)).map(Entry::from) {
            lines
                .add(&json!({
                    "id": entry.id,
                    "created_at": entry.at,
                    "event_type": entry.event,
                    "description": entry.event.description(),
                    "outcome": entry.outcome,
                    "factor": entry.factor,
                    "by_me": entry.is_by_its_user(),
                    "ip_address": entry.address,
                    "user_agent": entry.user_agent,
                    "location": entry.place,
                    "request_id": entry.request_id,
                    "extra_data": entry.details,
                }))
                .await?;
        }
    }
    Ok(())
}

/// 1 `Query` and a few transactions for each 500 lines. What was replaced is not found again.
async fn erase(erasure: &mut Erasure<'_>) -> Result<(), Fault> {
    let (app, pseudonym) = (erasure.app, erasure.row().pseudonym);
    let mut walk = Walk::of(erasure.account, erasure.now);
    while let Some(rows) = walk.next(&app.store, PAGE).await? {
        let replaced: Vec<(Key, AuditRow)> =
            rows.into_iter().map(|row| (row.key(), row.pseudonymised(pseudonym, &app.entropy))).collect();
        erasure.replace(&replaced).await?;
    }
    Ok(())
}

/// The way through a person's lines, month by month and page by page, oldest first.
struct Walk<'a> {
    account: &'a Account,
    month: Timestamp,
    until: Timestamp,
    after: Option<AuditId>,
    over: bool,
}

impl<'a> Walk<'a> {
    /// From the month in which the account came into being to that of `now`.
    fn of(account: &'a Account, now: Timestamp) -> Self {
        Self { account, month: account.created_at.start_of_month(), until: now, after: None, over: false }
    }

    /// The next page, perhaps an empty one; none after the last.
    async fn next(&mut self, store: &Store, limit: usize) -> Result<Option<Vec<AuditRow>>, Fault> {
        if self.over {
            return Ok(None);
        }
        let page = of_month_oldest_first(store, self.account.id, self.month, self.after, limit).await?;
        self.after = page.rows.last().map(AuditRow::id).filter(|_| page.more);
        if self.after.is_none() {
            self.month = self.month.start_of_next_month();
            self.over = self.month > self.until;
        }
        Ok(Some(page.rows))
    }
}
