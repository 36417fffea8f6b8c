//! The sessions' items and how they are read and written.

use super::step_up::Shown;
use super::{DeviceName, RefreshToken, Session, SessionId, keys};
use crate::accounts::{self, Account, AccountId};
use crate::sessions::config::Lifetimes;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{
    Condition, Entity, Key, Outcome, Row, Rows, Store, Update, after, equals, from_item, has, present, unset,
};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::secret::Digest;

impl Row for Session {
    const ENTITY: Entity = keys::SESSION;

    fn key(&self) -> Key {
        keys::session(self.account_id, self.id)
    }
}

/// An account and one of its sessions: 1 `BatchGetItem`, 2 read units.
pub async fn with_account(
    store: &Store,
    account: AccountId,
    session: SessionId,
) -> Result<Option<(Account, Session)>, Fault> {
    let (account, session) = account_and(store, account, Some(session)).await?;
    Ok(account.zip(session))
}

/// An account, or none, and one session of the same partition if it is asked for: 1 `BatchGetItem`, 1 read unit each.
/// What is asked for does not depend on what is there.
pub(super) async fn account_and(
    store: &Store,
    account: AccountId,
    session: Option<SessionId>,
) -> Result<(Option<Account>, Option<Session>), Fault> {
    let session = session.map(|id| keys::session(account, id));
    let wanted: Vec<Key> = std::iter::once(accounts::keys::account(account)).chain(session).collect();
    let mut found = store.get_many(&wanted).await?.into_iter();
    let account = found.next().flatten().map(accounts::read).transpose()?;
    let session = found.next().flatten().map(from_item).transpose()?;
    Ok((account, session))
}

/// One session: 1 `GetItem`, 1 read unit.
pub(super) async fn find(store: &Store, account: AccountId, id: SessionId) -> Result<Option<Session>, Fault> {
    store.get(&keys::session(account, id)).await
}

/// The next sessions of an account, newest first, after the one with this id: 1 `Query`.
pub(super) async fn newest_first(
    store: &Store,
    account: AccountId,
    after: Option<SessionId>,
    limit: usize,
) -> Result<Rows<Session>, Fault> {
    let after = after.map(|id| keys::session(account, id));
    store.newest_first(&keys::sessions_of(account), after.as_ref(), limit).await
}

/// How a rotation ended.
pub(super) enum Rotation {
    /// The successor is good now.
    Rotated(Session),
    /// The token is not the one that is good; the session as it is, if there is one.
    Refused(Option<Session>),
}

/// Replaces the refresh token by its successor, if it is the one that is good: 1 `UpdateItem`.
pub(super) async fn rotate(
    store: &Store,
    client: &Client,
    token: &RefreshToken,
    successor: Digest,
    epoch: u32,
    lifetimes: &Lifetimes,
) -> Result<Rotation, Fault> {
    let good = present()
        .and(equals("refresh_digest", token.digest()))
        .and(unset("ended_at"))
        .and(equals("epoch", epoch).or(after("epoch", epoch)))
        .and(after("idle_expires_at", client.now))
        .and(after("expires_at", client.now));
    let rotate = Update::of(keys::session(token.account_id(), token.session_id()))
        .set("refresh_digest", successor)
        .set("previous_digest", token.digest())
        .set("rotated_at", client.now)
        .set("last_used_at", client.now)
        .set("idle_expires_at", client.now.plus(lifetimes.idle))
        .add("generation", 1)
        .only_if(&good);
    Ok(match store.update::<Session>(rotate).await? {
        Outcome::Applied(session) => Rotation::Rotated(session),
        Outcome::Refused(session) => Rotation::Refused(session),
    })
}

/// Notes when and how the person of a session showed who they are, if nobody has ended it.
pub(super) fn note_shown(session: &Session, shown: Shown) -> Update {
    showing(Update::of(keys::session(session.account_id, session.id)), shown).only_if(&alive_and(None))
}

/// The same beside something else that changes of a session.
pub(crate) fn showing(update: Update, shown: Shown) -> Update {
    let update = update.set("shown_level", shown.level.name()).set("shown_at", shown.at);
    match shown.factor {
        Some(factor) => update.set("shown_factor", factor.name()),
        None => update.remove("shown_factor"),
    }
}

/// Counts a wrong password that a session showed, and tells how many that makes in a row; none of a session that has ended:
/// 1 `UpdateItem`.
pub(super) async fn count_wrong_password(store: &Store, session: &Session) -> Result<u32, Fault> {
    let update = Update::of(keys::session(session.account_id, session.id)).add("wrong_passwords", 1);
    Ok(match store.update::<Session>(update.only_if(&alive_and(None))).await? {
        Outcome::Applied(row) => row.wrong_passwords,
        Outcome::Refused(_) => 0,
    })
}

/// Begins the row of a session's wrong passwords anew: 1 `UpdateItem`.
pub(super) async fn forget_wrong_passwords(store: &Store, session: &Session) -> Result<(), Fault> {
    let update = Update::of(keys::session(session.account_id, session.id)).remove("wrong_passwords");
    store.update_item(update.only_if(&present())).await.map(drop)
}

/// Marks a session as ended, if nobody has ended it yet, and takes back what makes its device known. A step of the
/// transaction that says why.
pub(super) fn end(session: &Key, now: Timestamp) -> Update {
    end_if(session, None, now).remove("device_digest")
}

/// Ends a session and forgets its device, if the link leads to it, which stays good. A step of the transaction that says
/// why.
pub(super) fn disown(session: &Session, end_link: Digest, now: Timestamp) -> Update {
    ended_for_good(session, now).only_if(&equals("end_link", end_link))
}

/// Spends the link to a session. A step of the transaction that says why.
pub(super) fn spend_end_link(session: &Session, end_link: Digest) -> Update {
    let good = present().and(equals("end_link", end_link));
    Update::of(keys::session(session.account_id, session.id)).remove("end_link").only_if(&good)
}

/// Ends a session, if it has not ended, and forgets its device: 1 `UpdateItem`.
pub(super) async fn forget(store: &Store, session: &Session, now: Timestamp) -> Result<(), Fault> {
    store.update_item(ended_for_good(session, now).remove("end_link")).await.map(drop)
}

/// A session that there is, ended by now, from which no device is known.
fn ended_for_good(session: &Session, now: Timestamp) -> Update {
    Update::of(keys::session(session.account_id, session.id))
        .set("ended_at", session.ended_at.unwrap_or(now))
        .remove("device_digest")
        .only_if(&present())
}

/// Ends a session that must not be listed any more, and whose row the mailed link may still have to find.
pub(super) fn remove_from_list(session: &Key, shown: Option<Condition>, now: Timestamp) -> Update {
    end_if(session, shown, now).set("removed", true).remove("device_digest").only_if(&has("end_link"))
}

/// Marks a session that signs itself out as ended, if this holds as well. Its device stays known.
pub(super) fn end_if(session: &Key, condition: Option<Condition>, now: Timestamp) -> Update {
    Update::of(session.clone()).set("ended_at", now).only_if(&alive_and(condition))
}

/// Moves a session that is alive to the epoch that its account is raised to. A step of the transaction that raises it.
pub(crate) fn move_to_epoch(session: &Session, epoch: u32) -> Update {
    let alive = alive_and(Some(equals("epoch", session.epoch)));
    Update::of(keys::session(session.account_id, session.id)).set("epoch", epoch).only_if(&alive)
}

/// Names the device of a session that is alive: 1 `UpdateItem`, 1 write unit per KB. The session as it is then, or none if
/// there is none that is alive.
pub(super) async fn name_device(
    store: &Store,
    account: &Account,
    id: SessionId,
    name: DeviceName,
    now: Timestamp,
) -> Result<Option<Session>, Fault> {
    let epoch = equals("epoch", account.session_epoch);
    let alive = alive_and(Some(epoch.and(after("idle_expires_at", now)).and(after("expires_at", now))));
    let update = Update::of(keys::session(account.id, id)).set("device_name", String::from(name)).only_if(&alive);
    match store.update::<Session>(update).await? {
        Outcome::Applied(session) => Ok(Some(session)),
        Outcome::Refused(_) => Ok(None),
    }
}

/// There is such a session, nobody has ended it, and this holds as well.
pub(super) fn alive_and(condition: Option<Condition>) -> Condition {
    let alive = present().and(unset("ended_at"));
    match condition {
        Some(condition) => alive.and(condition),
        None => alive,
    }
}
