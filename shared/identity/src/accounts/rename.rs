//! Changing the names of an account: the full one, and the public one with its claim.

use super::store::{self, UsernameClaimRow};
use super::{Account, Name, Username, events, keys, touch};
use crate::app::App;
use crate::audit::{self, Changes};
use latchkey_kernel::dynamo::{equals, unset};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::Change;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// How often a write that met another is made again.
const TRIES: usize = 5;

/// What changes.
#[derive(Debug)]
pub struct Renaming {
    /// The full name; none leaves it. Every account has one.
    pub name: Option<Name>,
    /// The public name, which can be given up.
    pub username: Change<Username>,
}

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum RenameError {
    /// Too many changes by this person.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody has the username, or it is reserved.
    #[error("the username is taken")]
    UsernameTaken,
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
    UsernameTaken,
    Failed(Fault),
}

impl From<Fault> for Attempt {
    fn from(error: Fault) -> Self {
        Self::Failed(error)
    }
}

/// Changes the names of an account; the account as it is then. 1 limiter update and 1 transaction of 2 to 4 items,
/// in which the old username's claim is given up and the new one's made; nothing is written if nothing changes.
pub async fn rename(
    app: &App,
    client: &Client,
    mut account: Account,
    renaming: &Renaming,
) -> Result<Account, RenameError> {
    let epoch = account.session_epoch;
    rate::admit(app, client, Subject::person(account.id), [app.config.account_changes.profile_limit]).await?;
    for _ in 0..TRIES {
        match attempt(app, client, &account, renaming).await {
            Ok(renamed) => return Ok(renamed),
            Err(Attempt::UsernameTaken) => return Err(RenameError::UsernameTaken),
            Err(Attempt::Failed(fault)) => return Err(fault.into()),
            Err(Attempt::Stale) => {}
        }
        let now = store::by_id(&app.store, account.id).await?;
        account = now.filter(|account| account.session_epoch == epoch).ok_or(RenameError::SessionEnded)?;
    }
    Err(Fault::CONTENTION.into())
}

async fn attempt(app: &App, client: &Client, account: &Account, renaming: &Renaming) -> Result<Account, Attempt> {
    let mut renamed = account.clone();
    if let Some(name) = &renaming.name {
        renamed.name = name.clone();
    }
    match &renaming.username {
        Change::Keep => {}
        Change::Clear => renamed.username = None,
        Change::Set(username) => renamed.username = Some(username.clone()),
    }
    let noted = note(account, &renamed);
    if noted.is_empty() {
        return Ok(renamed);
    }
    renamed.updated_at = client.now;
    let mut update = touch(account, client.now);
    if let Some(name) = &renaming.name {
        update = update.set("name", name.as_str());
    }
    if renaming.username != Change::Keep {
        update = match &renamed.username {
            Some(username) => update.set("username", username.as_str()),
            None => update.remove("username"),
        };
        // Its claim is the one to give up.
        update = update.only_if(&match &account.username {
            Some(username) => equals("username", username.as_str()),
            None => unset("username"),
        });
    }
    let mut transaction = app.store.transaction().update(&update).or(Attempt::Stale).create(&audit::row(
        app,
        client,
        account.id,
        events::profile_updated(noted),
    ));
    let folded = |account: &Account| account.username.as_ref().map(Username::folded);
    if folded(account) != folded(&renamed) {
        if renamed.username.as_ref().is_some_and(|username| app.config.reserved_usernames.holds(username)) {
            return Err(Attempt::UsernameTaken);
        }
        if let Some(old) = folded(account) {
            let mine = equals("account", account.id.to_string());
            transaction = transaction.delete(&keys::username_claim(&old), Some(&mine)).or(Attempt::Stale);
        }
        if let Some(claim) = UsernameClaimRow::of(&renamed) {
            transaction = transaction.create(&claim).or(Attempt::UsernameTaken);
        }
    }
    transaction.commit().await?;
    Ok(renamed)
}

/// What the audit log will say. Usernames are public: who went by which, and when, is what a complaint is about.
fn note(account: &Account, renamed: &Account) -> Changes {
    let mut noted = Changes::default();
    if account.name != renamed.name {
        noted.name("name");
    }
    if account.username != renamed.username {
        let text = |account: &Account| account.username.as_ref().map(|username| username.as_str().to_owned());
        noted.tell("username", text(account), text(renamed));
    }
    noted
}
