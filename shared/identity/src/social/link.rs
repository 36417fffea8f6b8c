//! Giving an account to the person whom a provider names for its address.

use super::enter::EnterError;
use super::identity::Identity;
use super::store::LinkRow;
use super::{SocialLinkId, events, mails};
use crate::accounts::{self, Account, code_flow, email_change};
use crate::app::App;
use crate::audit;
use latchkey_kernel::dynamo::lacks;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// Who is given the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Linking {
    /// Who came in before, on a device that the account knows.
    OfItsPerson,
    /// Whoever has the address. All that let somebody in until now ends: password, sessions, known devices, codes.
    ByAddress,
}

/// Whether the account may be given to whoever has its address: 1 `GetItem`.
///
/// Not if it has a second factor or another provider, which its person would show or come by; not if its address was
/// changed lately, which somebody may take back; and not while it is about to be deleted.
pub(super) async fn is_given(app: &App, client: &Client, account: &Account) -> Result<bool, Fault> {
    if !account.factors.is_empty() || !account.social.is_empty() || account.deletion.is_some() || account.is_staff() {
        return Ok(false);
    }
    Ok(!email_change::can_be_undone(&app.store, account.id, client.now).await?)
}

/// Links the identity: 1 transaction of 8 items, 5 if the person is known.
pub(super) async fn link(
    app: &App,
    client: &Client,
    account: &Account,
    identity: &Identity,
    linking: Linking,
) -> Result<(), EnterError> {
    let mac = identity.mac(app.macs().await?.lookup_key());
    let row = LinkRow::new(SocialLinkId::new(&app.entropy, client.now), account.id, identity, mac, client.now);
    let alone = linking == Linking::ByAddress;
    let update = if alone {
        accounts::end_sessions(account, client.now).set("updated_at", client.now).remove("password")
    } else {
        accounts::touch(account, client.now)
    };
    let update = update.include("social", &identity.provider).only_if(&lacks("social", &identity.provider));
    let lost = alone && account.password.is_some();
    let display = app.providers.display(&identity.provider, client.now).await?;
    let mail = mails::connected(app, client, account, &display, lost).await?;
    let connected = events::connected(&identity.provider, "address");
    // Of two who are given one account at once, the other finds it given.
    let beaten = || EnterError::Failed(Fault::CONTENTION);
    let mut transaction = app
        .store
        .transaction()
        .create(&row.claimed())
        .or(beaten())
        .create(&row)
        .or(beaten())
        .update(&update)
        .or(beaten())
        .create(&mail)
        .create(&audit::row(app, client, account.id, connected));
    if alone {
        let nothing_to_undo = email_change::nothing_to_undo(client.now);
        transaction =
            transaction.delete(&email_change::chain_key(account.id), Some(&nothing_to_undo)).or(EnterError::NotLinked);
        for key in code_flow::keys_of(account.id) {
            transaction = transaction.delete(&key, None);
        }
    }
    transaction.commit().await
}
