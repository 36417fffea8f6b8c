//! New recovery codes in place of the old ones: those that were lost, seen by somebody else, or nearly used up.

use super::{RecoveryCode, RecoveryCodesRow};
use crate::accounts;
use crate::accounts::Factor;
use crate::app::App;
use crate::audit;
use crate::mfa::{events, mails};
use crate::sessions::step_up::{self, Fresh};
use crate::sessions::{self, SignedIn};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;

/// Why the old ones stay.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// The account has no factor that they could stand in for.
    #[error("the account has no second factor")]
    NoFactor,
    /// Too many for the account.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The session was ended meanwhile.
    #[error("the session has ended")]
    SessionEnded,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Makes new codes, to be shown this once, and ends all other sessions. 1 limiter update, 1 transaction of 5 items.
pub async fn renew(app: &App, client: &Client, Fresh(signed_in): &Fresh) -> Result<Vec<RecoveryCode>, RenewError> {
    let SignedIn { account, session, .. } = signed_in;
    if account.factors.is_empty() {
        return Err(RenewError::NoFactor);
    }
    step_up::admit(app, client, account).await?;
    let macs = app.macs().await?;
    let (codes, row) = RecoveryCodesRow::issue(account.id, macs.lookup_key(), &app.entropy, client.now);
    let factors = account.factors.with(Factor::RecoveryCode, client.now);
    app.store
        .transaction()
        .update(&accounts::set_factors(account, &factors, client.now)?)
        .or(RenewError::SessionEnded)
        .update(&sessions::store::move_to_epoch(session, account.session_epoch.saturating_add(1)))
        .or(RenewError::SessionEnded)
        .put(&row)
        .create(&mails::recovery_codes_renewed(app, client, account).await?)
        .create(&audit::row(app, client, account.id, events::recovery_codes_renewed()))
        .commit()
        .await?;
    Ok(codes)
}
