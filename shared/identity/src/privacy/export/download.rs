//! Following the link of an export: whoever has the mail may fetch the file, as often as they like, until it expires.
//!
//! The file comes from the bucket and not through here: an answer of a function may have six million bytes. What the
//! answer leads to is good for minutes, so that what a browser or a proxy remembers of it soon opens nothing. Programs that
//! scan mails fetch links; so a download is counted and noted, and spends nothing.
//!
//! An export opens only while its account has the `export_epoch` under which it was asked for: an owner who takes the
//! account back from somebody else closes what they may have asked for.

use std::time::Duration;

use super::carry_out::CONTENT_TYPE;
use super::store::{self, DataExportRow};
use crate::accounts::AccountId;
use crate::app::App;
use crate::audit;
use crate::privacy::{DataRequestId, events};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};

pub use super::carry_out::{DownloadToken, DownloadTokenKind};

/// How long the address of the file is good.
pub const ADDRESS_LIFE: Duration = Duration::from_mins(5);

/// Why there is nothing to fetch.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// Too many links from the address.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Unknown, expired, or of an export that was erased or closed.
    #[error("there is no such export")]
    NotFound,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// The address under which the file is served for five minutes: 1 limiter update and 1 `BatchGetItem` together, 2 read
/// units, 1 transaction of 2 items.
pub async fn download(app: &App, client: &Client, token: &str) -> Result<String, DownloadError> {
    let (admitted, found) = tokio::join!(
        rate::admit(app, client, Subject::address(client), [app.config.confirmation.limit]),
        opened(app, client, token),
    );
    admitted?;
    let export = found?.ok_or(DownloadError::NotFound)?;
    let bucket = app.bucket.as_ref().ok_or(DownloadError::NotFound)?;
    let address =
        bucket.link(&export.object, &export.file_name, CONTENT_TYPE, ADDRESS_LIFE).await.map_err(Fault::from)?;
    app.store
        .transaction()
        .update(&export.count(client.now))
        .or(DownloadError::NotFound)
        .create(&audit::row(app, client, export.account_id, events::export_downloaded(export.request)))
        .commit()
        .await?;
    Ok(address)
}

/// The export that a token opens now.
async fn opened(app: &App, client: &Client, token: &str) -> Result<Option<DataExportRow>, Fault> {
    let Ok(token) = DownloadToken::parse(token) else { return Ok(None) };
    let [account, request] = token.halves();
    let (account, request) = (AccountId::from_bytes(account), DataRequestId::from_bytes(request));
    let found = store::with_account(&app.store, account, request).await?;
    let open = found.filter(|(export, account)| export.opens(token.digest(), account, client.now));
    Ok(open.map(|(export, _)| export))
}
