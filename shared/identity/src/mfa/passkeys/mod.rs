//! Passkeys: a key pair whose private half stays in a device or a security key (Web Authentication, Level 3).
//!
//! One signs its person in alone, with nothing else typed, and is as much as password and second factor together: it is
//! something that the person has, and it is used only after a fingerprint, a face or a PIN. After a password it is a
//! second factor like another. No page but ours can use it, so there is nothing to be phished.
//!
//! ```text
//!   ask (the challenge: for this act of this person in this session, once) --> the browser --> enrol, or show
//! ```
//!
//! The standard's checks are those of [`crate::webauthn`]; here is whose passkey it is, and what a challenge is good for.

pub mod ask;
mod ceremony;
pub mod enrol;
pub mod list;
pub mod remove;
pub mod rename;
mod store;

use super::proof::{ProofError, Proven};
use super::{keys, lockout};
use crate::accounts::{Account, AccountId, Factor, PasskeyId};
use crate::app::App;
use crate::audit::events::suspicious_activity;
use crate::audit::{self, AuditRow, metrics};
use crate::webauthn::{Assertion, PublicKey, Seen, UserVerification};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Item, Key, Row as _, from_item, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::typed;

pub(crate) use ceremony::CeremonyRow;
pub use ceremony::Occasion;
pub(crate) use store::PasskeyRow;

/// How many passkeys a person may have: one for each device, and some keys for the drawer.
pub const MOST: usize = 10;

/// A person's passkey.
#[derive(Debug, Clone)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// What the person calls it.
    pub name: PasskeyName,
    /// Whether it can be copied to other devices of its person, as those in the care of a password manager can.
    pub backup_eligible: bool,
    /// Whether it was, when it was used last.
    pub backed_up: bool,
    /// The model of its authenticator, by its own word; zeros where it does not say.
    pub aaguid: uuid::Uuid,
    /// When it was enrolled.
    pub added_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// What a person calls a passkey: at most 64 characters on one line, with no link and no invisible character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyName(String);

/// The text cannot be a passkey's name.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("A passkey's name has 1 to 64 characters on one line, and no link or invisible character among them.")]
pub struct PasskeyNameInvalid;

impl PasskeyName {
    /// Reads a name as a user types it ([`typed::line`]).
    pub fn parse(typed: &str) -> Result<Self, PasskeyNameInvalid> {
        typed::line(typed, 64).map(|name| Self(name.to_owned())).map_err(|_| PasskeyNameInvalid)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the store holds of an assertion: the challenge that it answers, and the passkey that it names.
pub(crate) struct Found {
    ceremony: Option<CeremonyRow>,
    passkey: Option<PasskeyRow>,
}

impl Found {
    /// Where both lie, for one `BatchGetItem`. None if the assertion cannot be read.
    pub(crate) fn keys(account: AccountId, assertion: &Assertion) -> Option<[Key; 2]> {
        let challenge = assertion.challenge().ok()?;
        let id = PasskeyId::of(assertion.credential_id());
        Some([keys::passkey_ceremony(challenge.digest()), keys::passkey(account, id)])
    }

    /// Reads what was found there.
    pub(crate) fn read(mut items: impl Iterator<Item = Option<Item>>) -> Result<Self, Fault> {
        let ceremony = items.next().flatten().map(from_item).transpose()?;
        let passkey = items.next().flatten().map(from_item).transpose()?;
        Ok(Self { ceremony, passkey })
    }

    /// Judges an assertion: it answers a challenge that is good for this occasion, and is of a passkey that this account
    /// has. The work is the same without an account and without a passkey, where nothing it says is believed.
    pub(crate) fn judge(
        self,
        app: &App,
        client: &Client,
        account: Option<&Account>,
        occasion: &Occasion,
        verification: UserVerification,
        assertion: &Assertion,
    ) -> Option<Shown> {
        let asked = self.ceremony.filter(|ceremony| ceremony.is_good_for(occasion, client.now));
        let held = account.zip(self.passkey).filter(|(account, passkey)| {
            assertion.may_be_of(account.id.as_bytes()) && account.factors.passkeys().any(|id| id == passkey.id)
        });
        let nobodys = PublicKey::nobodys()?;
        let key = held.as_ref().map_or(&nobodys, |(_, passkey)| &passkey.public_key);
        let seen = assertion.verify(&app.config.passkeys.relying_party, verification, key);
        let seen = seen.inspect_err(|reason| tracing::info!(%reason, "a passkey was refused")).ok()?;
        let ((account, passkey), ceremony) = held.zip(asked)?;
        let suspicions = passkey.suspicions(seen).map(|reason| {
            app.metrics.count(metrics::SUSPICIOUS_ACTIVITY, client.now);
            audit::row(app, client, account.id, suspicious_activity(reason))
        });
        Some(Shown { ceremony, seen, warnings: suspicions.collect(), passkey })
    }
}

/// A passkey that was shown, as long as nobody else spends the challenge first.
#[must_use = "a challenge that is not spent can be answered again"]
pub(crate) struct Shown {
    ceremony: CeremonyRow,
    passkey: PasskeyRow,
    seen: Seen,
    /// What is to be noted: its count went back, or it can be copied now and could not before.
    warnings: Vec<AuditRow>,
}

impl Shown {
    /// What spends the challenge and notes the use.
    pub(crate) fn proven(self, app: &App, client: &Client, account: AccountId) -> Proven {
        Proven {
            factor: Factor::Passkey,
            key: self.passkey.key(),
            unspent: present(),
            spending: self.passkey.used(self.seen, client.now),
            challenge: Some((self.ceremony.key(), present())),
            notice: None,
            warnings: self.warnings,
            given_back: lockout::give_back(app, client, account),
        }
    }
}

/// Judges a passkey that a person of this account shows after something else: 1 `BatchGetItem`, 2 read units.
pub(super) async fn judge(
    app: &App,
    client: &Client,
    account: &Account,
    occasion: &Occasion,
    assertion: &Assertion,
) -> Result<Proven, ProofError> {
    let keys = Found::keys(account.id, assertion).ok_or(ProofError::Wrong)?;
    let found = Found::read(app.store.get_many(&keys).await?.into_iter())?;
    let shown = found.judge(app, client, Some(account), occasion, verification(account, occasion), assertion);
    Ok(shown.ok_or(ProofError::Wrong)?.proven(app, client, account.id))
}

/// Whether the authenticator must verify its user. After a password, touching it is a second factor; where there is no
/// password, the passkey is all there is.
pub(super) fn verification(account: &Account, occasion: &Occasion) -> UserVerification {
    match occasion {
        Occasion::SecondStep { .. } => UserVerification::Preferred,
        Occasion::StepUp { .. } if account.password.is_some() => UserVerification::Preferred,
        Occasion::StepUp { .. }
        | Occasion::SignIn
        | Occasion::Enrolment { .. }
        | Occasion::EnrolmentAtSignIn { .. } => UserVerification::Required,
    }
}
