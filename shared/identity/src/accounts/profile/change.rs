//! Changing a profile: some of its fields, or all of them.
//!
//! Only what is mentioned is written, so two changes of different fields do not undo each other. Where a write depends
//! on what was read (the claim on a telephone number, the moment at which consent changed) it is refused when that has
//! changed meanwhile, and made again from what is there then.

use serde_json::Value;

use super::store::{self, PhoneClaimRow, Profile};
use super::{Field, profile_of};
use crate::accounts::consent::Consent;
use crate::accounts::{self, Account, events, keys};
use crate::app::App;
use crate::audit::{self, Changes};
use latchkey_kernel::dynamo::equals;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::Change;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// How often a write that met another is made again.
const TRIES: usize = 5;

/// What changes.
#[derive(Debug, Default)]
pub struct ProfileChanges {
    /// Whether marketing mail is welcome; none leaves it.
    pub marketing_consent: Option<bool>,
    /// The fields that are mentioned.
    pub fields: Vec<(Field, Change<String>)>,
}

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeProfileError {
    /// Too many changes by this person.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Accounts of staff and superusers have no profile.
    #[error("the account has no profile")]
    NoProfile,
    /// Another account has the number.
    #[error("the telephone number is taken")]
    PhoneTaken,
    /// The session was ended while it asked.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Why one try failed.
enum Attempt {
    Stale,
    PhoneTaken,
    Failed(Fault),
}

impl From<Fault> for Attempt {
    fn from(error: Fault) -> Self {
        Self::Failed(error)
    }
}

/// Changes a profile; the account and the profile as they are then. 1 `GetItem` and 1 limiter update together, then 1
/// transaction of 3 items, one more where the consent changes, and up to 2 more where the number does; nothing is written if nothing changes.
pub async fn change_profile(
    app: &App,
    client: &Client,
    mut account: Account,
    changes: &ProfileChanges,
) -> Result<(Account, Profile), ChangeProfileError> {
    if !account.has_profile() {
        return Err(ChangeProfileError::NoProfile);
    }
    let epoch = account.session_epoch;
    let (profile, admitted) = tokio::join!(
        profile_of(&app.store, account.id),
        rate::admit(app, client, Subject::person(account.id), [app.config.account_changes.profile_limit]),
    );
    admitted?;
    let mut profile = profile?;
    for _ in 0..TRIES {
        match attempt(app, client, &account, &profile, changes).await {
            Ok(outcome) => return Ok(outcome),
            Err(Attempt::PhoneTaken) => return Err(ChangeProfileError::PhoneTaken),
            Err(Attempt::Failed(fault)) => return Err(fault.into()),
            Err(Attempt::Stale) => {}
        }
        let (account_now, profile_now) =
            tokio::join!(accounts::by_id(&app.store, account.id), profile_of(&app.store, account.id));
        let same_epoch = account_now?.filter(|account| account.session_epoch == epoch);
        account = same_epoch.ok_or(ChangeProfileError::SessionEnded)?;
        profile = profile_now?;
    }
    Err(Fault::CONTENTION.into())
}

async fn attempt(
    app: &App,
    client: &Client,
    account: &Account,
    read: &Profile,
    changes: &ProfileChanges,
) -> Result<(Account, Profile), Attempt> {
    let (mut changed_account, mut profile) = (account.clone(), read.clone());
    let noted = note(account, read, changes);
    if noted.is_empty() {
        return Ok((changed_account, profile));
    }
    let mut touch = accounts::touch(account, client.now);
    let mut said = None;
    if let Some(consent) = changes.marketing_consent {
        touch = touch.only_if(&equals("marketing_consent", account.marketing_consent));
        if consent != account.marketing_consent {
            touch = touch.set("marketing_consent", consent).set("marketing_consent_updated_at", client.now);
            changed_account.marketing_consent = consent;
            changed_account.marketing_consent_updated_at = Some(client.now);
            said = Some(Consent::to_marketing(app, client, account.id, consent, client.now, "profile"));
        }
    }
    changed_account.updated_at = client.now;
    for (field, change) in &changes.fields {
        profile.apply(*field, change);
    }
    profile.updated_at = Some(client.now);
    let mut transaction = app
        .store
        .transaction()
        .update(&touch)
        .or(Attempt::Stale)
        .update(&store::write(account, read, &changes.fields, client.now))
        .or(Attempt::Stale)
        .create(&audit::row(app, client, account.id, events::profile_updated(noted)));
    if let Some(consent) = said {
        transaction = transaction.create(&consent);
    }
    if let Some((_, change)) = changes.fields.iter().find(|(field, _)| *field == Field::Phone) {
        let (given_up, made) = store::claims(read, change);
        if let Some(digits) = given_up {
            let mine = equals("account", account.id.to_string());
            transaction = transaction.delete(&keys::phone_claim(&digits), Some(&mine)).or(Attempt::Stale);
        }
        if let Some(digits) = made {
            transaction = transaction.create(&PhoneClaimRow::new(&digits, account.id)).or(Attempt::PhoneTaken);
        }
    }
    transaction.commit().await?;
    Ok((changed_account, profile))
}

/// What the audit log will say.
fn note(account: &Account, read: &Profile, changes: &ProfileChanges) -> Changes {
    let mut noted = Changes::default();
    if let Some(consent) = changes.marketing_consent.filter(|consent| *consent != account.marketing_consent) {
        noted.tell("marketing_consent", Value::Bool(account.marketing_consent), Value::Bool(consent));
    }
    for (field, change) in &changes.fields {
        let differs = match change {
            Change::Keep => false,
            Change::Clear => read.get(*field).is_some(),
            Change::Set(text) => read.get(*field) != Some(text),
        };
        if differs {
            noted.name(field.name());
        }
    }
    noted
}
