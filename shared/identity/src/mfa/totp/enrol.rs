//! Beginning to enrol an authenticator app: a secret is shown, once.
//!
//! It is no factor yet: whoever closes the page now is not locked out. An app that the account already has stays good
//! until the new one is confirmed. Two secrets may wait side by side, each for its own code: a page that is loaded again,
//! or open twice, shows a new one, and the one that was scanned before it is still good. A third pushes the first out.

use jiff::SignedDuration;
use zeroize::Zeroizing;

use super::store::{self, Waiting};
use super::{TotpSecret, key_uri, qr_code};
use crate::app::App;
use crate::mfa::{Enroller, TotpEnrolmentId};
use crate::sessions::step_up;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;

/// How long a secret waits for one of its codes: long enough to find and install an app.
const LIFE: SignedDuration = SignedDuration::from_mins(15);

/// A secret that was just made, with the one readable copy of it.
pub struct NewSecret {
    /// The secret in base32, for typing it into an app.
    pub secret: Zeroizing<String>,
    /// The same as a URI, for an app on this device.
    pub uri: Zeroizing<String>,
    /// The URI as a QR code, an SVG picture, for an app on another.
    pub qr_code: Zeroizing<String>,
    /// Until when one of its codes must be shown.
    pub expires_at: Timestamp,
}

/// Why no secret was made.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Too many for the account.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The names do not fit into a QR code.
    #[error("the names do not fit into a QR code")]
    TooLong,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Makes a secret and shows it. 1 limiter update, 1 `UpdateItem`.
pub async fn enrol(app: &App, client: &Client, enroller: &Enroller) -> Result<NewSecret, EnrolError> {
    let account = enroller.account();
    step_up::admit(app, client, account).await?;
    let secret = TotpSecret::generate(&app.entropy);
    let expires_at = client.now.plus(LIFE);
    let sealed = secret.seal(&*app.sealer().await?, account.id, &app.entropy);
    let waiting = Waiting { sealed, epoch: account.session_epoch, expires_at };
    let base32 = secret.reveal();
    let uri = key_uri::key_uri(&app.config.app_name, account.email.as_str(), &base32);
    let qr_code = qr_code::svg(&uri).ok_or(EnrolError::TooLong)?;
    let id = TotpEnrolmentId::new(&app.entropy, client.now);
    store::add_waiting(&app.store, account.id, id, &waiting).await?;
    Ok(NewSecret { secret: base32, uri, qr_code, expires_at })
}
