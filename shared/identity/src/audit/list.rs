//! A person's own security log, newest first: what was done to the account, by its person or by others.
//!
//! The log lies in a partition per month, so that no partition grows for ever. A page goes back month by month until it
//! is full. Months in which nothing happened cost a request each, so one page looks at no more than a year of them; a
//! shorter page, even an empty one, may therefore have a next one.

use super::row::{AuditRow, of_month};
use super::{AuditId, Entry};
use crate::accounts::AccountId;
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// How many months one page looks at.
const MONTHS: usize = 12;

/// A page of the log.
#[derive(Debug)]
pub struct Log {
    /// The page.
    pub entries: Vec<Entry>,
    /// The place after which the next page begins, if there may be one.
    pub next: Option<AuditId>,
}

/// The next `limit` lines after this place in the log of an account that was created at `created_at`: 1 limiter update and 1
/// `Query` together, then 1 `Query` for each further month that is looked at. One is enough for who has that many lines in
/// this month.
pub async fn list(
    app: &App,
    client: &Client,
    account: AccountId,
    created_at: Timestamp,
    after: Option<AuditId>,
    limit: usize,
) -> Result<Log, Refused> {
    let mut month = after.and_then(|place| place.created_at()).unwrap_or(client.now);
    let (admitted, rows) = tokio::join!(
        rate::admit(app, client, Subject::person(account), [app.config.own_sessions.limit]),
        of_month(&app.store, account, month, after, limit),
    );
    admitted?;
    let mut rows = rows?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut looked_at = 1;
    loop {
        let last = rows.rows.last().map(AuditRow::id);
        entries.extend(rows.rows.into_iter().filter(|row| row.is_kept(client.now)).map(Entry::from));
        if rows.more {
            // With no line of this month wanted any more, the place is that of the month before.
            let next = last.or_else(|| entries.last().map(|last| last.id));
            return Ok(Log { entries, next });
        }
        let beginning = month.start_of_month();
        if beginning <= created_at {
            return Ok(Log { entries, next: None });
        }
        month = beginning.before();
        if looked_at == MONTHS {
            return Ok(Log { entries, next: Some(end_of(month)) });
        }
        looked_at += 1;
        rows = of_month(&app.store, account, month, None, limit - entries.len()).await?;
    }
}

/// The place before all that happened until this moment.
fn end_of(moment: Timestamp) -> AuditId {
    let [_, _, time @ ..] = moment.as_millisecond().to_be_bytes();
    let mut id = [0xFF; 16];
    for (byte, of_time) in id.iter_mut().zip(time) {
        *byte = of_time;
    }
    AuditId::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_at_the_end_of_a_month_lies_before_everything_in_it() {
        let end: Timestamp = "2026-02-28T23:59:59.999Z".parse().unwrap();
        let place = end_of(end);
        assert_eq!(place.created_at(), Some(end));
        let entropy = latchkey_kernel::entropy::Entropy::operating_system();
        assert!((0..100).all(|_| AuditId::new(&entropy, end).to_string() < place.to_string()));
    }
}
