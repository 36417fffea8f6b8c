//! What the audit log knows of people: what happened to their accounts, when, and from where.
//!
//! The log outlives the person, since it is also the record of who did what to the system. After an erasure a line keeps
//! time, event, outcome and factor, under an id that no account has, had or will have: one drawn for this erasure, which
//! nothing ties to the person once it is done. Address, user agent, place, request and all that is told of the event are
//! gone. So lines move to another partition, which is why the one function that erases may delete lines of the log, as no
//! other may; it may change none.

use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::row::{AuditRow, of_month_oldest_first};
use super::{AuditId, Entry, keys};
use crate::accounts::{AccountHolder, AccountId};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Key, Row as _, Store};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::personal_data::{Archive, Declared, Erasure, ExportError, Exported, File, PersonalData};

/// How many lines are read at a time.
const PAGE: usize = 500;

const LOG: File =
    File { name: "audit_logs.jsonl", meaning: "What happened to your account, oldest first, a line each." };

/// The audit domain.
#[derive(Debug)]
pub struct Audit;

impl PersonalData<AccountHolder> for Audit {
    fn domain(&self) -> &'static str {
        "audit"
    }

    fn items(&self) -> &'static [Declared] {
        const ITEMS: &[Declared] = &[
            Declared::by_domain(
                keys::AUDIT_EVENT,
                Exported::In(LOG.name),
                "lines go on without the person, under an id that nobody has",
            ),
            Declared::in_partition(keys::SECURITY_NOTICE, Exported::Not("that a mail was sent of what the log tells")),
        ];
        ITEMS
    }

    fn files(&self) -> &'static [File] {
        &[LOG]
    }

    fn export<'a>(
        &'a self,
        holder: &'a AccountHolder,
        archive: &'a mut Archive,
    ) -> LocalBoxFuture<'a, Result<(), ExportError>> {
        Box::pin(export(holder, archive))
    }

    /// Following the link of an export adds a line while the export is there, signing out while the session is.
    fn erase_last<'a>(&'a self, erasure: &'a mut Erasure<'_, AccountHolder>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(erase(erasure))
    }
}

/// 1 `Query` for each 500 lines, and at least 1 for each month since the account came into being.
async fn export(holder: &AccountHolder, archive: &mut Archive) -> Result<(), ExportError> {
    let mut lines = archive.add_jsonl(&LOG)?;
    let mut walk = Walk::of(holder.account.id, holder.account.created_at, holder.now);
    while let Some(rows) = walk.next(&holder.app.store, PAGE).await? {
        for entry in rows.into_iter().filter(|row| row.is_kept(holder.now)).map(Entry::from) {
            lines
                .add(&json!({
                    "id": entry.id,
                    "created_at": entry.at,
                    "event_type": entry.event,
                    "description": entry.description(holder.events),
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
async fn erase(erasure: &mut Erasure<'_, AccountHolder>) -> Result<(), Fault> {
    let (AccountHolder { app, account, now, .. }, pseudonym) = (erasure.subject, erasure.row().pseudonym.into());
    let mut walk = Walk::of(account.id, account.created_at, *now);
    while let Some(rows) = walk.next(&app.store, PAGE).await? {
        let replaced: Vec<(Key, AuditRow)> =
            rows.into_iter().map(|row| (row.key(), row.pseudonymised(pseudonym, &app.entropy))).collect();
        erasure.replace(&replaced).await?;
    }
    Ok(())
}

/// The way through a person's lines, month by month and page by page, oldest first.
struct Walk {
    account: AccountId,
    month: Timestamp,
    until: Timestamp,
    after: Option<AuditId>,
    over: bool,
}

impl Walk {
    /// From the month in which the account came into being to that of `now`.
    fn of(account: AccountId, created_at: Timestamp, now: Timestamp) -> Self {
        Self { account, month: created_at.start_of_month(), until: now, after: None, over: false }
    }

    /// The next page, perhaps an empty one; none after the last.
    async fn next(&mut self, store: &Store, limit: usize) -> Result<Option<Vec<AuditRow>>, Fault> {
        if self.over {
            return Ok(None);
        }
        let page = of_month_oldest_first(store, self.account, self.month, self.after, limit).await?;
        self.after = page.rows.last().map(AuditRow::id).filter(|_| page.more);
        if self.after.is_none() {
            self.month = self.month.start_of_next_month();
            self.over = self.month > self.until;
        }
        Ok(Some(page.rows))
    }
}
