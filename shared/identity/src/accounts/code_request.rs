//! Asking for a code with an email address alone: what the requests for a new password and for a sign-in code share.
//!
//! The answer and the work are the same whatever stands behind the address. An account gets the code. A registration
//! that waits is no account: its confirmation is mailed again. An address without an account is treated as an account
//! that does not exist, whose code and mail are written like any other and never sent. Mail to a stranger's address
//! would tell its owner nothing of use, and would let anybody spend our name with their mail host.

use std::net::IpAddr;

use jiff::SignedDuration;

use super::code_flow::{self, FlowKind, FlowToken, FlowsRow, Mailed};
use super::nobody::nobody_with;
use super::proof_mail::proof_mail;
use super::registration::{PendingRegistration, Proofs, address_mac};
use super::store::Standing;
use super::{Account, AccountId, Behind, EmailAddress, Login, behind, keys, registration_store, store};
use crate::accounts::config::CodeMails;
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Key, from_item};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Limit, MailKind, Mailbox, Refused, Reservation, Subject, Target};
use latchkey_kernel::outbox::OutboxItem;
use latchkey_kernel::secret::{Code, Macs, mac};

/// How many mails may be asked for.
pub(super) struct MailLimits {
    /// By one source address.
    pub(super) address: Limit,
    /// To one email address.
    pub(super) mailbox: CodeMails,
}

/// What a request for a code is answered with.
pub struct Requested<K: FlowKind> {
    /// Goes with the code that is in the mail, if one was mailed.
    pub token: FlowToken<K>,
    /// When the code expires.
    pub expires_at: Timestamp,
}

impl<K: FlowKind> Requested<K> {
    pub(super) fn new(token: FlowToken<K>, client: &Client) -> Self {
        Self { token, expires_at: client.now.plus(Code::LIFE) }
    }
}

/// What is to be mailed.
pub(super) enum Due {
    /// Nothing more: the limit of the email address is used up, or a registration's confirmation was mailed again. The
    /// token that is answered hides this account.
    Nothing(AccountId),
    /// A code.
    Code(Box<Addressee>),
}

/// Which account a code is made out to, and where its mail goes.
pub(super) struct Addressee {
    /// The account's id, or that of an account that does not exist.
    pub(super) id: AccountId,
    /// The account, if there is one; otherwise the mail is not sent.
    pub(super) account: Option<Box<Account>>,
    /// How long no further code can be mailed after this one, or none that the same network asks for; zero while there
    /// can be one.
    pub(super) closed_for: SignedDuration,
    flows: Option<FlowsRow>,
}

impl Addressee {
    /// Where the code goes, if anywhere.
    pub(super) fn address<'a>(&'a self, asked: &'a EmailAddress) -> &'a EmailAddress {
        self.account.as_ref().map_or(asked, |account| &account.email)
    }

    /// The account's epoch.
    pub(super) fn epoch(&self) -> u32 {
        self.account.as_ref().map_or(0, |account| account.session_epoch)
    }

    /// Begins the flow, with its mail. 1 transaction of 2 items.
    pub(super) async fn begin<K: FlowKind>(
        self,
        app: &App,
        client: &Client,
        macs: &Macs,
        mailed: &Mailed,
        mail: &OutboxItem,
    ) -> Result<Requested<K>, Fault> {
        let token = code_flow::begin(app, self.flows, mailed, mail, macs.lookup_key(), client.now).await?;
        Ok(Requested::new(token, client))
    }
}

/// Which account a code is made out to. 1 `BatchGetItem` and 1 limiter update together, 2 limiter updates
/// together, 1 `BatchGetItem` of 2 items, whatever the address has; 1 transaction of 2 items if a registration does.
///
/// Past a limit of the email address nothing is mailed, and the answer is the same. What was mailed before stays good, so
/// asking in another user's name does not keep their code from working. A refused request does not count, or a stranger who
/// never stops asking would keep the user from ever getting another mail; it costs 2 limiter updates more, or 3. Since one
/// network may ask for a share of the mails only, it cannot use them up by itself.
pub(super) async fn addressee<K: FlowKind, E: From<Refused> + From<Fault>>(
    app: &App,
    client: &Client,
    macs: &Macs,
    email: &EmailAddress,
    limits: MailLimits,
) -> Result<Due, E> {
    let key = macs.lookup_key();
    let login = Login::Email(email.normalised());
    let (found, admitted) = tokio::join!(
        behind(&app.store, &login, key, client.now),
        rate::admit(app, client, Subject::address(client), [limits.address]),
    );
    admitted?;
    let nobody = nobody_with(email, key);
    let Some(closed_for) = reserve_mail(app, client, macs, email, limits.mailbox).await? else {
        return Ok(Due::Nothing(found?.account.unwrap_or(nobody)));
    };
    let found = found?;
    let standing = found.standing;
    match owner::<K>(app, client, found, nobody).await? {
        Owner::Account { id, account, flows } => Ok(Due::Code(Box::new(Addressee { id, account, closed_for, flows }))),
        Owner::Registration(waiting) => {
            mail_confirmation::<E>(app, client, macs, &waiting, standing).await?;
            Ok(Due::Nothing(nobody))
        }
    }
}

/// Counts a mail to this address, for all who ask and for the asking network: 2 limiter updates together. How long
/// no further one can be mailed then; None when this one cannot. A mail that goes out stays counted.
async fn reserve_mail(
    app: &App,
    client: &Client,
    macs: &Macs,
    email: &EmailAddress,
    limits: CodeMails,
) -> Result<Option<SignedDuration>, Refused> {
    let (key, address) = (macs.lookup_key(), email.normalised());
    let mailbox = address_mac(key, &address);
    let network = mac(key, &[b"mailbox-share/v1", address.as_bytes(), network(client.address).as_bytes()]);
    let share = Target::share_of_mailbox(mailbox.clone(), network);
    let (all, share) = tokio::join!(
        rate::reserve_mail(app, client, Mailbox::of(mailbox), MailKind::Code, limits.all),
        rate::reserve(app, client, share, limits.one_network),
    );
    match (admitted(all)?, admitted(share)?) {
        (Some(all), Some(share)) => Ok(Some(all.closed_for().max(share.closed_for()))),
        (None, None) => Ok(None),
        (Some(reserved), None) | (None, Some(reserved)) => {
            reserved.give_back(app).await?;
            Ok(None)
        }
    }
}

fn admitted(reserved: Result<Reservation, Refused>) -> Result<Option<Reservation>, Refused> {
    match reserved {
        Ok(reserved) => Ok(Some(reserved)),
        Err(Refused::Limited(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The network that an address belongs to, as far as one customer may hold it: the /24 of an IPv4 address, the /48 of an
/// IPv6 one.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// What stands behind an email address.
enum Owner {
    Account { id: AccountId, account: Option<Box<Account>>, flows: Option<FlowsRow> },
    Registration(Box<PendingRegistration>),
}

/// What has the address, and the flows under way: 1 `BatchGetItem` of 2 items, whatever it is.
async fn owner<K: FlowKind>(app: &App, client: &Client, behind: Behind, nobody: AccountId) -> Result<Owner, Fault> {
    let waiting = behind.pending.and_then(|pending| pending.registration).filter(|_| behind.account.is_none());
    let id = behind.account.unwrap_or(nobody);
    let first: Key = waiting.map_or_else(|| keys::account(id), keys::pending_registration);
    let mut found = app.store.get_many(&[first, code_flow::key(id, K::PURPOSE)]).await?.into_iter();
    let (first, flows) = (found.next().flatten(), found.next().flatten());
    let flows = flows.map(from_item::<FlowsRow>).transpose()?;
    let Some(item) = first else { return Ok(Owner::Account { id: nobody, account: None, flows }) };
    if waiting.is_some() {
        let registration = registration_store::read(item, client.now)?;
        let nobody = Owner::Account { id: nobody, account: None, flows };
        return Ok(registration.map_or(nobody, |waiting| Owner::Registration(Box::new(waiting))));
    }
    match store::read(item)? {
        gone if gone.is_gone(client.now) => Ok(Owner::Account { id: nobody, account: None, flows: None }),
        account => Ok(Owner::Account { id, account: Some(Box::new(account)), flows }),
    }
}

/// Mails the confirmation of a registration again, or why there can be none: the address may be held for the account
/// that gave it up. One that was confirmed a moment ago needs none.
async fn mail_confirmation<E: From<Fault>>(
    app: &App,
    client: &Client,
    macs: &Macs,
    registration: &PendingRegistration,
    standing: Standing,
) -> Result<(), E> {
    let proofs = Proofs::generate(registration.id, &app.entropy);
    let code = Proofs::code_digest(&proofs.code, macs.lookup_key(), registration.id, &registration.email.normalised());
    let expires_at = client.now.plus(Code::LIFE);
    let replaced = registration_store::replace_proofs(registration, &code, expires_at, proofs.link.digest());
    let mail = proof_mail(app, client, registration, &proofs, standing).await?;
    let written = app.store.transaction().update(&replaced).or(Confirmed::Meanwhile).create(&mail).commit().await;
    match written {
        Ok(()) | Err(Confirmed::Meanwhile) => Ok(()),
        Err(Confirmed::Failed(fault)) => Err(fault.into()),
    }
}

/// How writing to a registration can fail.
#[derive(Debug, thiserror::Error)]
enum Confirmed {
    #[error("the registration was confirmed meanwhile")]
    Meanwhile,
    #[error(transparent)]
    Failed(#[from] Fault),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_one_customer_may_hold() {
        let of = |address: &str| network(address.parse().unwrap());
        assert_eq!(of("203.0.113.9"), of("203.0.113.250"));
        assert_eq!(of("203.0.113.9"), of("::ffff:203.0.113.7"));
        assert_ne!(of("203.0.113.9"), of("203.0.114.9"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:2:2::1"));
    }
}
