//! The mail that asks the owner of an address whether a registration is theirs, sent and sent again.

use super::email_change::mails::AddressHeld;
use super::registration::{PendingRegistration, Proofs, address_mac};
use super::store::Standing;
use super::{EmailAddress, mails};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, MailKind, Mailbox, Refused};
use latchkey_kernel::outbox::{self, OutboxItem};
use latchkey_kernel::secret::{Code, Macs};

/// Reserves a verification mail to this address, which anyone may ask for. One that is refused uses up nothing, so that
/// asking without end keeps no mail from the address's owner.
pub(super) async fn reserve_mail(app: &App, client: &Client, macs: &Macs, email: &EmailAddress) -> Result<(), Refused> {
    let mailbox = Mailbox::of(address_mac(macs.lookup_key(), &email.normalised()));
    // A mail that goes out stays counted.
    let _mail = rate::reserve_mail(app, client, mailbox, MailKind::Proof, [app.config.registration.mail_limit]).await?;
    Ok(())
}

/// The mail to the address: code and link, or, when it has an account already or is held for one, word that somebody
/// tried. The registration is the same in all cases, but without the code in the mail nobody was ever told it.
///
/// Where a provider told who registers there is no password that a link's page could ask for, so there is no link: a
/// stranger's account at a provider would be connected by whoever has the mailbox and opens what is sent there.
///
/// Nothing in it is the registering person's own text: the address is not proven to be theirs, and a name of 255
/// characters would be a letter to a stranger in the owner's name. It does say where the request came from.
pub(super) async fn proof_mail(
    app: &App,
    client: &Client,
    registration: &PendingRegistration,
    proofs: &Proofs,
    standing: Standing,
) -> Result<OutboxItem, Fault> {
    let to = registration.email.deliverable();
    let useful_until = registration.expires_at;
    let origin = &app.origin(client);
    match standing {
        Standing::Free => {}
        Standing::Taken => {
            return outbox::mail(app, client, &to, &mails::AlreadyRegistered { origin }, useful_until).await;
        }
        Standing::Held { until: held_until, .. } => {
            return outbox::mail(app, client, &to, &AddressHeld { held_until, origin }, useful_until).await;
        }
    }
    let code_until = client.now.plus(Code::LIFE).min(registration.expires_at);
    if let Some(provider) = &registration.provider {
        let origin = &app.origin(client);
        let content = mails::ConfirmByProvider { code: proofs.code.reveal(), code_until, provider, origin };
        return outbox::mail(app, client, &to, &content, code_until).await;
    }
    let link = format!("{}/confirm-email?token={}", app.config.public_url, proofs.link.reveal());
    let content = mails::ConfirmRegistration {
        code: proofs.code.reveal(),
        code_until,
        link: &link,
        link_until: registration.expires_at,
        origin,
    };
    outbox::mail(app, client, &to, &content, useful_until).await
}
