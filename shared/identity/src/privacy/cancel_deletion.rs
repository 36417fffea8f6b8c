//! Taking a deletion back before the grace is over: signed in, or with the mailed link.
//!
//! An owner who takes the account back from somebody else takes back a deletion by it (`beside`): by a password reset, by
//! undoing a change of the address, or by ending a session with its mailed link.
//!
//! Either way it is one conditional write, so a deletion is cancelled once, and a link whose deletion was cancelled
//! opens nothing, not even a later deletion of the same account.

use super::{DataRequestId, events, mails, store};
use crate::accounts::{self, Account, AccountId, Deletion, EmailAddress};
use crate::app::App;
use crate::audit;
use latchkey_kernel::dynamo::Transaction;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::outbox;
use latchkey_kernel::secret::{OpaqueToken, TokenKind};

/// The kind of [`CancelLink`].
pub struct CancelLinkKind;

impl TokenKind for CancelLinkKind {
    const PREFIX: &'static str = "lkd_";
}

/// The token in the mailed link. It names the account, and is good for as long as the grace lasts.
pub type CancelLink = OpaqueToken<CancelLinkKind>;

/// Why nothing was cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelDeletionError {
    /// Too many links from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// There is no such request, or it is somebody else's.
    #[error("there is no such request")]
    NotFound,
    /// It was cancelled before, or the grace is over.
    #[error("it cannot be cancelled any more")]
    NotCancellable,
    /// Used, expired, or of a deletion that was cancelled.
    #[error("the link is not valid")]
    LinkInvalid,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl CancelDeletionError {
    /// The same refusal, for another step of one transaction.
    fn again(&self) -> Self {
        match self {
            Self::LinkInvalid => Self::LinkInvalid,
            _ => Self::NotCancellable,
        }
    }
}

/// How a deletion is taken back.
#[derive(Clone, Copy)]
enum Way {
    SignedIn,
    Link,
}

/// Cancels a person's own request: 1 transaction of 5 items, or 1 `GetItem` that tells why not.
pub async fn by_person(
    app: &App,
    client: &Client,
    account: &Account,
    request: DataRequestId,
) -> Result<(), CancelDeletionError> {
    match account.deletion.as_ref().filter(|deletion| deletion.request == request) {
        Some(deletion) => {
            cancel(app, client, account, deletion, Way::SignedIn, CancelDeletionError::NotCancellable).await
        }
        None => match store::find(&app.store, account.id, request).await? {
            Some(_) => Err(CancelDeletionError::NotCancellable),
            None => Err(CancelDeletionError::NotFound),
        },
    }
}

/// Whether the link still cancels a deletion, for the page that shows its button: 1 `GetItem`, 1 read unit.
pub async fn can_cancel(app: &App, client: &Client, link: &CancelLink) -> Result<bool, Fault> {
    let account = accounts::by_id(&app.store, AccountId::from_bytes(link.id())).await?;
    let deletion = account.and_then(|account| account.deletion);
    Ok(deletion.is_some_and(|deletion| deletion.link == link.digest() && !deletion.is_due(client.now)))
}

/// Cancels the deletion that a mailed link belongs to, and signs nobody in. 1 limiter update, 1 `GetItem`, 1
/// transaction of 5 items.
///
/// Sessions that began in the grace end by it: who holds the link has read the mail, who began the session knew the
/// password, and where these are not the same person, the password is the one that was stolen.
pub async fn by_link(app: &App, client: &Client, link: &CancelLink) -> Result<(), CancelDeletionError> {
    rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]).await?;
    let account = accounts::by_id(&app.store, AccountId::from_bytes(link.id())).await?;
    let account = account.ok_or(CancelDeletionError::LinkInvalid)?;
    let deletion = account.deletion.as_ref().filter(|deletion| deletion.link == link.digest());
    let deletion = deletion.ok_or(CancelDeletionError::LinkInvalid)?;
    cancel(app, client, &account, deletion, Way::Link, CancelDeletionError::LinkInvalid).await
}

/// `late` is what it means when the deletion is not there any more, or due.
async fn cancel(
    app: &App,
    client: &Client,
    account: &Account,
    deletion: &Deletion,
    way: Way,
    late: CancelDeletionError,
) -> Result<(), CancelDeletionError> {
    if deletion.is_due(client.now) {
        return Err(late);
    }
    let content = mails::DeletionCancelled { name: account.name.as_str(), origin: &app.origin(client) };
    let useful_until = client.now.plus(accounts::mails::NEWS);
    let mail = outbox::mail(app, client, &account.email.deliverable(), &content, useful_until).await?;
    let (restored, by) = match way {
        Way::SignedIn => (accounts::restore(account, deletion, client.now), "session"),
        Way::Link => (accounts::restore_signed_out(account, deletion, client.now), "link"),
    };
    let event = events::deletion_cancelled(deletion.request, by);
    // Whoever erases marks the request first, by a clock of their own.
    let late_by_the_request = late.again();
    app.store
        .transaction()
        .update(&restored)
        .or(late)
        .update(&store::cancel(account.id, deletion.request, client.now))
        .or(late_by_the_request)
        .delete(&outbox::job_key(deletion.request, deletion.scheduled_at), None)
        .create(&mail)
        .create(&audit::row(app, client, account.id, event))
        .commit()
        .await
}

/// A deletion that is taken back beside something else that the owner of the account does.
pub(crate) struct TakenBack<'a> {
    /// The account, as it was read.
    pub(crate) account: &'a Account,
    /// Its deletion.
    pub(crate) deletion: &'a Deletion,
    /// By what: a word of the audit log.
    pub(crate) by: &'static str,
    /// Who hears of it.
    pub(crate) told: &'a EmailAddress,
}

/// The steps by which a deletion is taken back, in the transaction of what takes it back: 4 items. The account's own update
/// must go through [`accounts::without_deletion`]. `late` is what it means that the account is being erased.
pub(crate) async fn beside<'t, E: From<Fault>>(
    app: &App,
    client: &Client,
    transaction: Transaction<'t, E>,
    taken_back: TakenBack<'_>,
    late: impl Fn() -> E,
) -> Result<Transaction<'t, E>, Fault> {
    let TakenBack { account, deletion, by, told } = taken_back;
    let content = mails::DeletionCancelled { name: account.name.as_str(), origin: &app.origin(client) };
    let useful_until = client.now.plus(accounts::mails::NEWS);
    let mail = outbox::mail(app, client, &told.deliverable(), &content, useful_until).await?;
    let event = events::deletion_cancelled(deletion.request, by);
    Ok(transaction
        .update(&store::cancel(account.id, deletion.request, client.now))
        .or(late())
        .delete(&outbox::job_key(deletion.request, deletion.scheduled_at), None)
        .create(&mail)
        .create(&audit::row(app, client, account.id, event)))
}
