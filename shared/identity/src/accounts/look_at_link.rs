//! What a page behind a mailed link asks before it shows a form for a password: whether the link is still good, and to
//! which email address it was mailed.
//!
//! Who holds a good link has read the mail, so the page may tell a password manager the address. Looking spends nothing
//! and counts no try, since 256 bits cannot be guessed.

use super::code_flow::{self, Purpose};
use super::registration::LINK_TRIES;
use super::{ConfirmLink, EmailAddress, RegistrationId, ResetLink, registration_store};
use crate::app::App;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// The email address that this link confirms: 1 `GetItem`, 1 read unit. None when the link is spent, replaced, expired,
/// tried too often or invented.
pub async fn address_to_confirm(app: &App, client: &Client, link: &ConfirmLink) -> Result<Option<EmailAddress>, Fault> {
    let id = RegistrationId::from_bytes(link.id());
    let found = registration_store::by_id(&app.store, id, client.now).await?;
    let good = found.filter(|found| found.link_digest == link.digest() && found.link_tries < LINK_TRIES);
    Ok(good.map(|found| found.email))
}

/// The email address of the account whose password this link resets: 1 `GetItem`, 1 read unit. None when the link is
/// spent, replaced, expired or invented.
pub async fn address_to_reset(app: &App, client: &Client, link: &ResetLink) -> Result<Option<EmailAddress>, Fault> {
    let found = code_flow::find_by_link(&app.store, link, Purpose::PasswordReset, client.now).await?;
    Ok(found.map(|found| found.address().clone()))
}
