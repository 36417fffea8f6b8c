//! Known devices: a device is known by a token that an earlier sign-in gave it, and by nothing else.
//!
//! The token's digest lies on the row of the session that gave it, which the sign-in writes anyway: knowing devices
//! costs no item and no write; setting a new password with a mailed code or link makes the device known as well, by a
//! row of its own. A device that shows its token gets a new one with the new session, so its sessions form
//! a chain; all of them carry the id of the first, by which the device is named and forgotten. What raises the
//! account's epoch (a new password, ending all other sessions) makes strangers of the devices, too.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Session, SessionId, store};
use crate::accounts::{Account, AccountId};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::secret::{Digest, OpaqueToken, TokenKind};

/// How long a device is known after its last sign-in.
pub const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

/// The kind of token that a device is known by.
pub struct DeviceKind;

impl TokenKind for DeviceKind {
    const PREFIX: &'static str = "lkv_";
}

/// What a device shows to be known; it names the session that gave it.
pub type DeviceToken = OpaqueToken<DeviceKind>;

/// The kind of token in the mailed link that ends a session.
pub struct EndLinkKind;

impl TokenKind for EndLinkKind {
    const PREFIX: &'static str = "lke_";
}

/// The token in the link that a new device's owner is mailed; it names account and session.
pub type EndLink = OpaqueToken<EndLinkKind, 32>;

/// From which device a session begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceIs {
    /// From one that showed a good token of this device.
    Known(SessionId),
    /// From one that is not known; its owner is told.
    Stranger,
    /// From the one on which the account came into being.
    First,
}

impl Session {
    /// What makes the device of this request known to an account whose sessions are about to end, without a
    /// sign-in on it: the row of a session that has ended already, is listed nowhere and whose refresh token was never given
    /// out; and the token that the device is known by.
    pub(crate) fn of_known_device(app: &App, client: &Client, account: &Account) -> (Self, DeviceToken) {
        let id = SessionId::new(&app.entropy, client.now);
        let device_token = DeviceToken::generate(*id.as_bytes(), &app.entropy);
        let (origin, now) = (app.origin(client), client.now);
        let session = Self {
            id,
            account_id: account.id,
            epoch: account.session_epoch.saturating_add(1),
            generation: 0,
            refresh_digest: Digest::of(&app.entropy.bytes::<32>()),
            previous_digest: None,
            rotated_at: None,
            created_at: now,
            last_used_at: now,
            idle_expires_at: now,
            expires_at: now,
            ended_at: Some(now),
            address: origin.address,
            address_kind: origin.address_kind,
            user_agent: client.user_agent.clone(),
            device_name: None,
            shown: None,
            place: origin.place,
            device: Some(id),
            device_digest: Some(device_token.digest()),
            removed: true,
            end_link: None,
            wrong_passwords: 0,
            ttl: Self::ttl(now, now),
        };
        (session, device_token)
    }
}

impl DeviceIs {
    /// The device that shows this token, by the session that issued it. It is known if the token is that session's, is not
    /// too old, and was not taken back since: by ending the session from elsewhere, with all others of the account, or by
    /// disowning the device.
    pub(super) fn of(
        account: &Account,
        issuing_session: Option<&Session>,
        token: Option<&DeviceToken>,
        now: Timestamp,
    ) -> Self {
        let issued = issuing_session.zip(token).filter(|(session, token)| {
            session.device_digest == Some(token.digest())
                && session.epoch >= account.session_epoch
                && session.created_at.plus(KNOWN_FOR) > now
        });
        let device = issued.and_then(|(session, _)| session.device);
        device.filter(|device| !account.disowned_devices.contains(device)).map_or(Self::Stranger, Self::Known)
    }
}

/// The session that issued a token, or that a made-up one claims.
pub(super) fn issuing_session(token: &DeviceToken) -> SessionId {
    SessionId::from_bytes(token.id())
}

/// The account that somebody arrives at, unless it is as good as erased, and whether it knows the device that shows this
/// token: 1 `BatchGetItem`, 1 read unit, 2 with a token.
pub(crate) async fn arrive(
    app: &App,
    client: &Client,
    id: AccountId,
    token: Option<&DeviceToken>,
) -> Result<Option<(Account, DeviceIs)>, Fault> {
    let (account, issuing) = store::account_and(&app.store, id, token.map(issuing_session)).await?;
    let account = account.filter(|account| !account.is_gone(client.now));
    Ok(account.map(|account| {
        let device = DeviceIs::of(&account, issuing.as_ref(), token, client.now);
        (account, device)
    }))
}
