//! Showing a code that was mailed: of an account that has neither a second factor nor a password.

use super::{Level, Shown, StepUpError, admit, refuse_unless_highest};
use crate::accounts::mailed_code::{self, MailedCode, Purpose};
use crate::app::App;
use crate::sessions::{SignedIn, mails, store};
use latchkey_kernel::dynamo::Row as _;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::outbox;
use latchkey_kernel::secret::Code;

/// Mails a code to the address of an account that has neither password nor second factor. 1 limiter update, 1 transaction of 2 items.
pub async fn mail_code(app: &App, client: &Client, signed_in: &SignedIn) -> Result<(), StepUpError> {
    let SignedIn { account, session, .. } = signed_in;
    refuse_unless_highest(account, Level::MailedCode)?;
    admit(app, client, account).await?;
    let macs = app.macs().await?;
    let (purpose, to, key) = (Purpose::StepUp, &account.email, macs.lookup_key());
    let (mailed, code) = MailedCode::issue(purpose, account, session.id, to, key, &app.entropy, client.now);
    let content = mails::StepUpCode {
        name: account.name.as_str(),
        code: code.reveal(),
        code_until: mailed.code_expires_at(),
        origin: &app.origin(client),
    };
    let mail = outbox::mail(app, client, &account.email.deliverable(), &content, mailed.code_expires_at()).await?;
    app.store.transaction().put(&mailed).create(&mail).commit().await
}

/// Makes the session fresh by the mailed code, if the account has neither password nor second factor. 1 limiter update, 1 `UpdateItem` that
/// counts the try; if the code is right, 1 transaction of 2 items.
pub async fn by_code(app: &App, client: &Client, signed_in: &SignedIn, code: &Code) -> Result<(), StepUpError> {
    let SignedIn { account, session, .. } = signed_in;
    refuse_unless_highest(account, Level::MailedCode)?;
    admit(app, client, account).await?;
    let macs = app.macs().await?;
    let reserved = mailed_code::reserve_try(&app.store, account.id, session.id, Purpose::StepUp, client.now).await?;
    let mailed = reserved.ok_or(StepUpError::CodeInvalid)?;
    if !mailed.is(code, account, macs.lookup_key()) {
        return Err(StepUpError::CodeInvalid);
    }
    app.store
        .transaction()
        .delete(&mailed.key(), Some(&mailed.unspent()))
        .or(StepUpError::CodeInvalid)
        .update(&store::note_shown(session, Shown { level: Level::MailedCode, factor: None, at: client.now }))
        .or(StepUpError::SessionEnded)
        .commit()
        .await
}
