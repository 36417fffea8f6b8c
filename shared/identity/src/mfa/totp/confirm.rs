//! Enrolling an authenticator app: one of its codes shows that it holds the secret.
//!
//! From then on the app is a factor, recovery codes stand in for it, and every other session ends: who was in the account
//! without a second factor is out of it. Who enrolled in the middle of a sign-in is signed in by the same write.

use super::store::{self, TotpEnrolmentRow, TotpRow, Waiting};
use super::{TotpCode, TotpSecret};
use crate::accounts::{self, Account, Factor};
use crate::app::App;
use crate::audit;
use crate::mfa::recovery_codes::{RecoveryCode, RecoveryCodesRow};
use crate::mfa::{Enroller, TotpEnrolmentId, events, lockout, mails};
use crate::sessions::step_up::{Level, Shown};
use crate::sessions::{self, Beginning, NewSession, begin};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Row as _, Transaction};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;
use latchkey_kernel::secret::Sealer;

/// What a person has who enrolled an app.
pub struct Confirmed {
    /// The recovery codes, which are shown this once.
    pub recovery_codes: Vec<RecoveryCode>,
    /// The session that began, if the person was signing in.
    pub signed_in: Option<Box<(Account, NewSession)>>,
}

/// Why the app is no factor.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The account's factors are locked for a while.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Not a code of a secret that waits.
    #[error("the code is not valid")]
    CodeInvalid,
    /// The session, or the sign-in, was ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Makes the app a factor. 1 limiter update and 1 `GetItem` together, 1 transaction of 8 items; of 10 for who is signing
/// in, 11 with the mail about a device that is not known.
pub async fn confirm(
    app: &App,
    client: &Client,
    enroller: Enroller,
    code: &TotpCode,
) -> Result<Confirmed, ConfirmError> {
    let id = enroller.account().id;
    let (admitted, waiting) = tokio::join!(lockout::reserve(app, client, id), store::waiting(&app.store, id));
    admitted?;
    let confirmed = match waiting {
        Ok(waiting) => enrol(app, client, enroller, waiting, code).await,
        Err(error) => Err(error.into()),
    };
    if matches!(confirmed, Err(ConfirmError::Failed(_))) {
        lockout::give_back_now(app, client, id).await;
    }
    confirmed
}

async fn enrol(
    app: &App,
    client: &Client,
    enroller: Enroller,
    waiting: Option<TotpEnrolmentRow>,
    code: &TotpCode,
) -> Result<Confirmed, ConfirmError> {
    let account = enroller.account();
    let (id, now) = (account.id, client.now);
    let (sealer, macs) = (app.sealer().await?, app.macs().await?);
    let waiting = waiting.ok_or(ConfirmError::CodeInvalid)?;
    let (scanned, Waiting { sealed, .. }, step) =
        scanned(&waiting, account, &sealer, code, now)?.ok_or(ConfirmError::CodeInvalid)?;

    let changed = Account {
        factors: account.factors.with(Factor::Totp, now).with(Factor::RecoveryCode, now),
        session_epoch: account.session_epoch.saturating_add(1),
        sessions_ended_at: Some(now),
        updated_at: now,
        ..account.clone()
    };
    let update = accounts::set_factors(account, &changed.factors, now)?;
    let totp = TotpRow { account_id: id, sealed: sealed.clone(), added_at: now, last_step: Some(step) };
    let (codes, row) = RecoveryCodesRow::issue(id, macs.lookup_key(), &app.entropy, now);
    let transaction: Transaction<'_, ConfirmError> = app
        .store
        .transaction()
        // Whatever else waits goes along: it is of the epoch that ends here.
        .delete(&waiting.key(), Some(&TotpEnrolmentRow::still_waits(scanned)))
        .or(ConfirmError::CodeInvalid)
        .put(&totp)
        .put(&row)
        .update(&lockout::give_back(app, client, id))
        .create(&mails::factor_added(app, client, account, Factor::Totp).await?)
        .create(&audit::row(app, client, id, events::factor_added(Factor::Totp)));
    let signed_in = match enroller {
        Enroller::SignedIn(signed_in) => {
            let shown = Shown { level: Level::SecondFactor, factor: Some(Factor::Totp), at: now };
            let session = sessions::store::move_to_epoch(&signed_in.session, changed.session_epoch);
            let session = sessions::store::showing(session, shown);
            let transaction = transaction.update(&update).or(ConfirmError::Ended);
            transaction.update(&session).or(ConfirmError::Ended).commit().await?;
            None
        }
        Enroller::SigningIn(pending) => {
            let challenge = pending.challenge;
            let spent = challenge.unspent();
            let transaction = transaction.delete(&challenge.key(), Some(&spent)).or(ConfirmError::Ended);
            let beginning = Beginning {
                account: changed,
                entry: challenge.entry,
                factor: Some(Factor::Totp),
                update: accounts::count_sign_in(update, client),
            };
            Some(Box::new(begin(app, client, transaction, beginning, ConfirmError::Ended).await?))
        }
    };
    Ok(Confirmed { recovery_codes: codes, signed_in })
}

/// Of the secrets that wait the one that this is a code of, and the code's step.
fn scanned<'a>(
    waiting: &'a TotpEnrolmentRow,
    account: &Account,
    sealer: &Sealer,
    code: &TotpCode,
    now: Timestamp,
) -> Result<Option<(TotpEnrolmentId, &'a Waiting, u64)>, Fault> {
    for (id, one) in waiting.waiting(account.session_epoch, now) {
        let secret = TotpSecret::open(&one.sealed, sealer, account.id)?;
        if let Some(step) = secret.step_of(code, now) {
            return Ok(Some((id, one, step)));
        }
    }
    Ok(None)
}
