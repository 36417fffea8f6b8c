//! Asking for everything that we know of one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::store::DataRequestRow;
use super::worker::Job;
use super::{DataRequest, DataRequestId, Notes, RequestType, events};
use crate::accounts::Account;
use crate::app::App;
use crate::audit;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Subject};
use latchkey_kernel::outbox::{self, Cause};

/// Asks for an export of an account whose person has just shown who they are. 1 limiter update, 1 transaction of 3 items:
/// the request, the job and the audit row.
pub async fn request_export(
    app: &App,
    client: &Client,
    account: &Account,
    notes: Option<Notes>,
) -> Result<DataRequest, Refused> {
    rate::admit(app, client, Subject::person(account.id), [app.config.data_requests.limit]).await?;
    let id = DataRequestId::new(&app.entropy, client.now);
    // Of the account as the session was found with: what closes exports at this moment closes this one, too.
    let export_epoch = account.export_epoch;
    let request =
        DataRequest { export_epoch, ..DataRequest::new(id, account.id, RequestType::Export, notes, client.now) };
    let object = object_key(&app.config.data_requests.export_prefix, &app.entropy);
    let export = Job::Export { account: account.id, request: id, object };
    let job = outbox::job(app, Cause::from(client), id, &export, client.now).await?;
    app.store
        .transaction::<Refused>()
        .create(&DataRequestRow::from(&request))
        .create(&job)
        .create(&audit::row(app, client, account.id, events::export_requested(id)))
        .commit()
        .await?;
    Ok(request)
}

/// A key that nobody can guess, and that names nobody.
fn object_key(prefix: &str, entropy: &Entropy) -> String {
    format!("{prefix}{}.zip", URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()))
}
