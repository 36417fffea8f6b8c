//! The account of a person who comes by a provider for the first time: it has no password, and its address is proven by
//! the provider's word.

use super::enter::{Arriving, EnterError, Newcomer};
use super::identity::Identity;
use super::store::LinkRow;
use super::{SocialLinkId, events, username};
use crate::accounts::{Account, Claims, Username, come_into_being};
use crate::app::App;
use crate::audit;
use crate::mfa::challenge::issue;
use crate::sessions::step_up::{Level, Shown};
use crate::sessions::{self, DeviceIs, Entry, FirstFactor, NextStep, Session};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// How many usernames are tried before the person gets none.
const TRIES: usize = 4;

/// Why an account does not come into being.
enum CreateError {
    UsernameTaken,
    Enter(EnterError),
}

impl From<EnterError> for CreateError {
    fn from(error: EnterError) -> Self {
        Self::Enter(error)
    }
}

impl From<Fault> for CreateError {
    fn from(fault: Fault) -> Self {
        Self::Enter(fault.into())
    }
}

/// Makes the account: 1 transaction of 10 items, 11 with a username, one less where nothing is spent; another one for each
/// username that is taken. Who has no public name at the provider gets no username: usernames are public.
pub(super) async fn create(
    app: &App,
    client: &Client,
    identity: &Identity,
    newcomer: Newcomer,
    arriving: &Arriving,
) -> Result<NextStep, EnterError> {
    for tried in 0..=TRIES {
        let username = identity.handle.as_deref().and_then(|handle| match tried {
            0 => username::of_handle(handle),
            TRIES => None,
            _ => username::with_suffix(handle, &app.entropy),
        });
        if username.as_ref().is_some_and(|username| app.config.reserved_usernames.holds(username)) {
            continue;
        }
        match attempt(app, client, identity, &newcomer, username, arriving).await {
            Ok(next) => return Ok(next),
            Err(CreateError::Enter(error)) => return Err(error),
            Err(CreateError::UsernameTaken) => {}
        }
    }
    Err(Fault::CONTENTION.into())
}

async fn attempt(
    app: &App,
    client: &Client,
    identity: &Identity,
    newcomer: &Newcomer,
    username: Option<Username>,
    arriving: &Arriving,
) -> Result<NextStep, CreateError> {
    let mut account = Account::new(app, client, newcomer.email.clone(), newcomer.name.clone());
    account.username = username;
    account.social = vec![identity.provider.clone()];
    let mac = identity.mac(app.macs().await?.lookup_key());
    let id = SocialLinkId::new(&app.entropy, client.now);
    let mut link = LinkRow::new(id, account.id, identity, mac, client.now);
    link.last_login_at = Some(client.now);

    let spending = arriving.spends.add_to(app.store.transaction(), CreateError::Enter(EnterError::Spent));
    // Who finds address or identity taken now was beaten to it, and is let in or sent away by the next try.
    let beaten = || CreateError::Enter(EnterError::Failed(Fault::CONTENTION));
    let transaction = spending.create(&link.claimed()).or(beaten()).create(&link);
    let connected = events::connected(&identity.provider, "registration");
    let transaction = transaction.create(&audit::row(app, client, account.id, connected));
    let entry = Entry { by: FirstFactor::Provider, device_name: arriving.device_name.clone(), device: DeviceIs::First };
    let claims = Claims { email_taken: beaten(), username_taken: CreateError::UsernameTaken };
    if app.config.mfa.required.of(&account) {
        let (challenge, token) = issue(app, client, &account, entry);
        let transaction = come_into_being(app, client, transaction, &account, claims).await?;
        transaction.create(&challenge).commit().await?;
        return Ok(NextStep::Enrolment(token));
    }
    account.login_count = 1;
    account.last_login_at = Some(client.now);
    account.last_login_ip = Some(client.address);
    let shown = Shown { level: Level::MailedCode, factor: None, at: client.now };
    let new = Session::start(app, client, &account, entry.device_name, shown, entry.device).await?;
    let signed_in = sessions::events::login(new.session.id, "provider", None);
    let transaction = come_into_being(app, client, transaction, &account, claims).await?;
    let transaction = transaction.create(&new.session).create(&audit::row(app, client, account.id, signed_in));
    transaction.commit().await?;
    Ok(NextStep::SignedIn(Box::new((account, new))))
}
