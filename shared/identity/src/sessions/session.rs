//! The session.

use std::net::IpAddr;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::known_device::{DeviceIs, DeviceToken, EndLink, KNOWN_FOR};
use super::step_up::Shown;
use super::{RefreshToken, SessionId};
use crate::accounts::{Account, AccountId};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::geo::AddressKind;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::device::Device;
use latchkey_kernel::secret::Digest;
use latchkey_kernel::typed;

/// How long a session is remembered past its absolute end, so that its person can still see it.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A person signed in on a device, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The account's epoch when it began; it is alive only while the account still has that one.
    pub epoch: u32,
    /// How often its refresh token was rotated.
    pub generation: u32,
    /// The refresh token that is good now.
    pub refresh_digest: Digest,
    /// The one before it, which still answers with its successor for a moment.
    pub previous_digest: Option<Digest>,
    /// When the token was rotated last.
    pub rotated_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    pub idle_expires_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
    /// When it was ended before that.
    pub ended_at: Option<Timestamp>,
    /// The address it began from.
    pub address: IpAddr,
    /// Whether that address can be routed on the internet.
    pub address_kind: AddressKind,
    /// The user agent it began with.
    pub user_agent: Option<String>,
    /// What the person calls the device.
    pub device_name: Option<String>,
    /// When and how the person last showed who they are; none in sessions from before this was kept.
    #[serde(flatten, deserialize_with = "Shown::whole")]
    pub shown: Option<Shown>,
    /// Where that address was, if it was known.
    pub place: Option<String>,
    /// The device, named after the first session that it had.
    pub device: Option<SessionId>,
    /// What the device shows to be known at its next sign-in; none once that was taken back.
    pub device_digest: Option<Digest>,
    /// Whether its person removed it from the list. Its row waits for the mailed link, which may still have to find it.
    #[serde(default)]
    pub removed: bool,
    /// The mailed link that ends the session, until it is spent; none where nobody was mailed.
    pub end_link: Option<Digest>,
    /// How many wrong passwords it has shown in a row, for what asks for the password again.
    #[serde(default)]
    pub wrong_passwords: u32,
    /// When DynamoDB may remove the row, in seconds: once neither its person nor its device has any more use for it.
    pub(super) ttl: i64,
}

/// A session that has just begun, with the one copy of its tokens.
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// Its first refresh token.
    pub refresh_token: RefreshToken,
    /// What its device is known by from now on.
    pub device_token: DeviceToken,
    /// What the owner is to be mailed when the device is a stranger.
    pub end_link: Option<EndLink>,
}

impl Session {
    /// A session of `account` from now on, begun on that device by showing this. The caller writes its row in the
    /// transaction that justifies it.
    pub async fn start(
        app: &App,
        client: &Client,
        account: &Account,
        device_name: Option<String>,
        shown: Shown,
        device: DeviceIs,
    ) -> Result<NewSession, Fault> {
        let id = SessionId::new(&app.entropy, client.now);
        let refresh_token = app.refresh_tokens(client.now).await?.first(account.id, id, &app.entropy);
        let device_token = DeviceToken::generate(*id.as_bytes(), &app.entropy);
        let end_link =
            (device == DeviceIs::Stranger).then(|| EndLink::of_two(account.id.as_bytes(), id.as_bytes(), &app.entropy));
        let origin = app.origin(client);
        let lifetimes = &app.config.lifetimes;
        let expires_at = client.now.plus(lifetimes.absolute);
        let session = Self {
            id,
            account_id: account.id,
            epoch: account.session_epoch,
            generation: 0,
            refresh_digest: refresh_token.digest(),
            previous_digest: None,
            rotated_at: None,
            created_at: client.now,
            last_used_at: client.now,
            idle_expires_at: client.now.plus(lifetimes.idle).min(expires_at),
            expires_at,
            ended_at: None,
            address: origin.address,
            address_kind: origin.address_kind,
            user_agent: client.user_agent.clone(),
            device_name,
            shown: Some(shown),
            place: origin.place,
            device: Some(match device {
                DeviceIs::Known(device) => device,
                DeviceIs::Stranger | DeviceIs::First => id,
            }),
            device_digest: Some(device_token.digest()),
            removed: false,
            end_link: end_link.as_ref().map(EndLink::digest),
            wrong_passwords: 0,
            ttl: Self::ttl(client.now, expires_at),
        };
        Ok(NewSession { session, refresh_token, device_token, end_link })
    }

    /// Whether it is alive at `now` for an account with this epoch. A session's own epoch may be higher: who ends all
    /// others moves to the next epoch in the write that raises the account's, and a batch does not read both at one
    /// moment.
    pub fn is_alive(&self, account_epoch: u32, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.epoch >= account_epoch && self.idle_expires_at > now && self.expires_at > now
    }

    /// When it ended for this account, by whatever came first; none while it is alive.
    pub fn ended(&self, account: &Account, now: Timestamp) -> Option<Timestamp> {
        let revoked = account.sessions_ended_at.unwrap_or(self.last_used_at).max(self.last_used_at);
        let revoked = (self.epoch < account.session_epoch).then_some(revoked);
        let expired = Some(self.idle_expires_at.min(self.expires_at)).filter(|end| *end <= now);
        [self.ended_at, revoked, expired].into_iter().flatten().min()
    }

    /// Whether its row still counts at `now`: DynamoDB takes days to remove what has outlived its use.
    pub fn is_remembered(&self, now: Timestamp) -> bool {
        self.expires_at.plus(REMEMBERED) > now
    }

    /// What the device is called: as its person calls it, or as its user agent names it.
    pub fn device_label(&self) -> String {
        let named = || Device::of(self.user_agent.as_deref()).to_string();
        self.device_name.clone().unwrap_or_else(named)
    }

    /// When the row of a session that begins and ends at these times may be removed.
    pub(super) fn ttl(created_at: Timestamp, expires_at: Timestamp) -> i64 {
        expires_at.plus(REMEMBERED).max(created_at.plus(KNOWN_FOR)).as_second()
    }
}

/// What a person calls a device: at most 64 characters on one line, with no link and no invisible character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName(String);

/// The text cannot be a device's name.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("A device's name has 1 to 64 characters on one line, and no link or invisible character among them.")]
pub struct DeviceNameInvalid;

impl DeviceName {
    /// Reads a device's name as a user types it ([`typed::line`]).
    pub fn parse(typed: &str) -> Result<Self, DeviceNameInvalid> {
        typed::line(typed, 64).map(|name| Self(name.to_owned())).map_err(|_| DeviceNameInvalid)
    }
}

impl From<DeviceName> for String {
    fn from(name: DeviceName) -> Self {
        name.0
    }
}
