//! What the sessions domain knows of people: on which devices they are and were signed in.

use futures_util::future::LocalBoxFuture;

use super::guess::forgive;
use super::{Session, SessionId, keys, store};
use crate::accounts::{AccountHolder, AccountId};
use latchkey_kernel::dynamo::Store;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::rate::{self, Subject, Target};
use latchkey_kernel::personal_data::{Archive, Declared, Erasure, ExportError, Exported, File, PersonalData};

/// How many sessions are read at a time.
const PAGE: usize = 100;

const SESSIONS: File =
    File { name: "sessions.csv", meaning: "Where you are and were signed in: each device, its address and times." };

const COLUMNS: [&str; 11] = [
    "id",
    "created_at",
    "last_activity",
    "expires_at",
    "ended_at",
    "ip_address",
    "ip_kind",
    "device",
    "user_agent",
    "location",
    "signed_in_by",
];

/// The sessions domain.
#[derive(Debug)]
pub struct Sessions;

impl PersonalData<AccountHolder> for Sessions {
    fn domain(&self) -> &'static str {
        "sessions"
    }

    fn items(&self) -> &'static [Declared] {
        const ITEMS: &[Declared] = &[Declared::in_partition(keys::SESSION, Exported::In(SESSIONS.name))];
        ITEMS
    }

    fn files(&self) -> &'static [File] {
        &[SESSIONS]
    }

    fn export<'a>(
        &'a self,
        holder: &'a AccountHolder,
        archive: &'a mut Archive,
    ) -> LocalBoxFuture<'a, Result<(), ExportError>> {
        Box::pin(export(holder, archive))
    }

    fn erase<'a>(&'a self, erasure: &'a mut Erasure<'_, AccountHolder>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(forget_counts(erasure))
    }
}

/// Newest first: 1 `Query` for each 100 sessions. Digests of tokens are left out.
async fn export(holder: &AccountHolder, archive: &mut Archive) -> Result<(), ExportError> {
    let mut rows = archive.add_csv(&SESSIONS, &COLUMNS).await?;
    let mut after = None;
    loop {
        let (sessions, next) = page(&holder.app.store, holder.account.id, after).await?;
        for session in &sessions {
            rows.add(&row(session, holder)).await?;
        }
        match next {
            None => return Ok(()),
            next => after = next,
        }
    }
}

/// The sessions that follow `after`, and after which one to go on, if there are more: 1 `Query`.
async fn page(
    store: &Store,
    account: AccountId,
    after: Option<SessionId>,
) -> Result<(Vec<Session>, Option<SessionId>), Fault> {
    let page = store::newest_first(store, account, after, PAGE).await?;
    let last = page.rows.last().map(|last| last.id).filter(|_| page.more);
    Ok((page.rows, last))
}

fn row(session: &Session, holder: &AccountHolder) -> [String; 11] {
    let ended = session.ended(&holder.account, holder.now);
    let shown = session.shown.map(|shown| shown.level.name());
    [
        session.id.to_string(),
        session.created_at.to_string(),
        session.last_used_at.to_string(),
        session.expires_at.to_string(),
        ended.map(|ended| ended.to_string()).unwrap_or_default(),
        session.address.to_string(),
        session.address_kind.word().to_owned(),
        session.device_label(),
        session.user_agent.clone().unwrap_or_default(),
        session.place.clone().unwrap_or_default(),
        shown.unwrap_or_default().to_owned(),
    ]
}

/// What was counted lies under MACs of the person's logins and under ids of their sessions and devices for a day: 1
/// `DeleteItem` for each, and 1 `Query` for each 100 sessions.
async fn forget_counts(erasure: &mut Erasure<'_, AccountHolder>) -> Result<(), Fault> {
    let AccountHolder { app, account, .. } = erasure.subject;
    forgive(app, account).await?;
    let mut after = None;
    loop {
        let (sessions, next) = page(&app.store, account.id, after).await?;
        for session in &sessions {
            rate::forget(app, Subject::session(session.id)).await?;
            rate::forget(app, Target::device(session.id)).await?;
        }
        match next {
            None => return Ok(()),
            next => after = next,
        }
    }
}
