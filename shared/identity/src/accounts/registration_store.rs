//! How waiting registrations are read and spent.

use super::registration::{LIFE, LINK_TRIES, PendingLogin, PendingRegistration, address_mac};
use super::{RegistrationId, keys};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Item, Outcome, Row as _, Store, Update, after, below, equals, from_item, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::{Code, CodeDigest, Digest};

/// Counts a try at a registration's code, before the code is looked at: 1 `UpdateItem`. None when there is no such
/// registration under this token, or its tries are used up, or its code has expired.
pub(super) async fn reserve_code_try(
    store: &Store,
    id: RegistrationId,
    token: Digest,
    now: Timestamp,
) -> Result<Option<PendingRegistration>, Fault> {
    let open = present()
        .and(equals("token_digest", token))
        .and(below("code_tries", Code::TRIES))
        .and(after("code_expires_at", now))
        .and(after("expires_at", now));
    reserve(store, Update::of(keys::pending_registration(id)).add("code_tries", 1).only_if(&open)).await
}

/// Gives a try back: the code was right, only the username was taken. 1 `UpdateItem`.
pub(super) async fn return_code_try(store: &Store, registration: &PendingRegistration) -> Result<(), Fault> {
    let tries = registration.code_tries;
    let same = equals("code_digest", registration.code_digest.as_str()).and(equals("code_tries", tries));
    let update =
        Update::of(registration.key()).set("code_tries", tries.saturating_sub(1)).only_if(&present().and(same));
    store.update_item(update).await.map(drop)
}

/// Counts a try at the password of a mailed link, before the password is hashed: 1 `UpdateItem`. None when there
/// is no such registration, or its tries are used up.
pub(super) async fn reserve_link_try(
    store: &Store,
    id: RegistrationId,
    link: Digest,
    now: Timestamp,
) -> Result<Option<PendingRegistration>, Fault> {
    let open =
        present().and(equals("link_digest", link)).and(below("link_tries", LINK_TRIES)).and(after("expires_at", now));
    reserve(store, Update::of(keys::pending_registration(id)).add("link_tries", 1).only_if(&open)).await
}

async fn reserve(store: &Store, update: Update) -> Result<Option<PendingRegistration>, Fault> {
    match store.update(update).await? {
        Outcome::Applied(registration) => Ok(Some(registration)),
        Outcome::Refused(_) => Ok(None),
    }
}

/// The registration under this token: 1 `GetItem`, 1 read unit.
pub(super) async fn find(
    store: &Store,
    id: RegistrationId,
    token: Digest,
    now: Timestamp,
) -> Result<Option<PendingRegistration>, Fault> {
    Ok(by_id(store, id, now).await?.filter(|found| found.token_digest == token))
}

/// The registration with this id, whoever holds its token: 1 `GetItem`, 1 read unit.
pub(super) async fn by_id(
    store: &Store,
    id: RegistrationId,
    now: Timestamp,
) -> Result<Option<PendingRegistration>, Fault> {
    let found: Option<PendingRegistration> = store.get(&keys::pending_registration(id)).await?;
    Ok(found.filter(|found| found.expires_at > now))
}

/// Reads a registration out of an item, as batches give it; none if its time is over.
pub(super) fn read(item: Item, now: Timestamp) -> Result<Option<PendingRegistration>, Fault> {
    let found: PendingRegistration = from_item(item)?;
    Ok(Some(found).filter(|found| found.expires_at > now))
}

/// Notes at the address that this registration is confirmed: what a sign-in finds there tells nothing of it any more. A
/// later registration of the address, which may be a stranger's, stays as it is. A step of the transaction that opens the
/// account, which a missing item does not refuse.
pub(super) fn note_confirmed(registration: &PendingRegistration, lookup_key: &[u8; 32], now: Timestamp) -> Update {
    let mac = address_mac(lookup_key, &registration.email.normalised());
    Update::of(keys::pending_login(&mac))
        .set("v", PendingLogin::VERSION)
        .set("entity", PendingLogin::ENTITY.name())
        .set("mac", mac)
        .set("confirmed", registration.id.to_string())
        // No registration that is written down there ends later.
        .set("ttl", now.plus(LIFE).as_second())
}

/// New proofs for a registration; the old ones die by it. A step of the resending transaction.
pub(super) fn replace_proofs(
    registration: &PendingRegistration,
    code: &CodeDigest,
    code_expires_at: Timestamp,
    link: Digest,
) -> Update {
    Update::of(registration.key())
        .set("code_digest", code.as_str())
        .set("code_expires_at", code_expires_at)
        .set("code_tries", 0_u32)
        .set("link_digest", link)
        .set("link_tries", 0_u32)
        .only_if(&present().and(equals("token_digest", registration.token_digest)))
}
