//! What follows when a person has shown a first factor, whichever it was: a session, or another step before it.

use serde::{Deserialize, Serialize};

use super::known_device::DeviceIs;
use super::step_up::{Level, Shown};
use super::{NewSession, Session, events, mails, suspicions};
use crate::accounts::{self, Account, Factor, HashedPassword, Suspended};
use crate::app::App;
use crate::audit::{self};
use crate::mfa::challenge::issue;
use crate::mfa::{EnrolmentToken, SecondStepToken};
use latchkey_kernel::dynamo::{Transaction, Update};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// What a person shows first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstFactor {
    /// The account's password.
    Password,
    /// A code that was mailed to the account's address.
    MailedCode,
    /// The word of a provider that is connected to the account.
    Provider,
    /// A passkey, which was used by nobody else: as much as two factors.
    Passkey,
}

impl FirstFactor {
    fn level(self) -> Level {
        match self {
            Self::Password => Level::Password,
            // A provider stands in for the mailbox, and for no password.
            Self::MailedCode | Self::Provider => Level::MailedCode,
            Self::Passkey => Level::SecondFactor,
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::MailedCode => "mailed_code",
            Self::Provider => "provider",
            Self::Passkey => "passkey",
        }
    }
}

/// How a person came in: what waits with a sign-in until its second step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// What was shown first.
    pub by: FirstFactor,
    /// What the person calls the device.
    pub device_name: Option<String>,
    /// Whether the device is known.
    pub device: DeviceIs,
}

/// Where a sign-in stands after its first factor.
pub enum NextStep {
    /// The person is signed in.
    SignedIn(Box<(Account, NewSession)>),
    /// The account has a second factor, which is to be shown with this token.
    SecondFactor {
        /// The token.
        token: SecondStepToken,
        /// The fields in which a factor can be shown.
        methods: Vec<&'static str>,
    },
    /// The account must have a second factor, which is to be enrolled with this token.
    Enrolment(EnrolmentToken),
}

/// Goes on after a first factor, in the transaction that spends it. 1 transaction: of 1 item more if another step
/// follows, and else what [`begin`] adds. `changed` is what it means when the account is not as it was read. For a
/// suspended account nothing is written.
pub(crate) async fn go_on<E>(
    app: &App,
    client: &Client,
    transaction: Transaction<'_, E>,
    account: Account,
    entry: Entry,
    rehashed: Option<&HashedPassword>,
    changed: E,
) -> Result<NextStep, E>
where
    E: From<Fault> + From<Suspended>,
{
    account.let_in()?;
    let (next, challenge) = if !account.factors.is_empty() {
        let (challenge, token) = issue(app, client, &account, entry);
        (NextStep::SecondFactor { token, methods: account.factors.methods() }, challenge)
    } else if app.config.mfa.required.of(&account) {
        let (challenge, token) = issue(app, client, &account, entry);
        (NextStep::Enrolment(token), challenge)
    } else {
        let update = accounts::record_sign_in(&account, client, rehashed)?;
        let beginning = Beginning { account, entry, factor: None, update };
        let begun = begin(app, client, transaction, beginning, changed).await?;
        return Ok(NextStep::SignedIn(Box::new(begun)));
    };
    let transaction = transaction.create(&challenge);
    match rehashed {
        Some(password) => transaction.update(&accounts::rehash(&account, password)?).or(changed).commit().await?,
        None => transaction.commit().await?,
    }
    Ok(next)
}

/// A session that is to begin.
pub(crate) struct Beginning {
    /// The account as it will be.
    pub(crate) account: Account,
    /// How its person came in.
    pub(crate) entry: Entry,
    /// The second factor that was shown.
    pub(crate) factor: Option<Factor>,
    /// What changes of the account, the sign-in counted.
    pub(crate) update: Update,
}

/// Begins a session, in the transaction that spends what was shown: 3 items more, 4 with the mail about a device that
/// is not known. `changed` is what it means when the account is not as it was read, or the known device was disowned. From
/// a country from which nobody had signed in, 1 write before ([`suspicions::new_country`]).
pub(crate) async fn begin<E>(
    app: &App,
    client: &Client,
    transaction: Transaction<'_, E>,
    beginning: Beginning,
    changed: E,
) -> Result<(Account, NewSession), E>
where
    E: From<Fault>,
{
    let Beginning { mut account, entry, factor, update } = beginning;
    let level = factor.map_or(entry.by.level(), |_| Level::SecondFactor);
    let shown = Shown { level, factor, at: client.now };
    let country = app.place(client).and_then(|place| place.country);
    let is_new_country = country.is_some_and(|country| account.is_new_to(country));
    if is_new_country {
        let known_device = matches!(entry.device, DeviceIs::Known(_));
        suspicions::new_country(app, client, &account, known_device).await?;
    }
    let update = match country {
        Some(country) => accounts::remember_country(update, &account, country)?,
        None => update,
    };
    let update = match entry.device {
        DeviceIs::Known(device) => accounts::unless_disowned(update, device),
        DeviceIs::Stranger | DeviceIs::First => update,
    };
    let new = Session::start(app, client, &account, entry.device_name, shown, entry.device).await?;
    let signed_in = events::login(new.session.id, entry.by.method(), factor);
    let mut transaction = transaction
        .update(&update)
        .or(changed)
        .create(&new.session)
        .create(&audit::row(app, client, account.id, signed_in));
    if let Some(link) = &new.end_link {
        transaction = transaction.create(&mails::new_sign_in(app, client, &account, link, is_new_country).await?);
    }
    transaction.commit().await?;
    account.login_count = account.login_count.saturating_add(1);
    account.last_login_at = Some(client.now);
    account.last_login_ip = Some(client.address);
    Ok((account, new))
}
