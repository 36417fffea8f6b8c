//! Enrolling a passkey that a browser has made.
//!
//! The challenge says who asked for it, in which session or sign-in, with what had been shown then. As with every change
//! of the factors, every other session ends and the owner is mailed. With the first factor come the recovery codes:
//! without them, whoever loses the device loses the account.

use super::store::{PasskeyClaimRow, PasskeyRow};
use super::{CeremonyRow, MOST, Passkey, PasskeyName, ceremony};
use crate::accounts::{self, Account, Factor};
use crate::app::App;
use crate::audit;
use crate::mfa::recovery_codes::{RecoveryCode, RecoveryCodesRow};
use crate::mfa::{Enroller, events, mails};
use crate::sessions::step_up::{Level, Shown};
use crate::sessions::{self, Beginning, NewSession, begin};
use crate::webauthn::{Registration, UserVerification};
use latchkey_kernel::dynamo::{Row as _, Transaction, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;

/// What a person has who enrolled a passkey.
pub struct Enrolment {
    /// The passkey.
    pub passkey: Passkey,
    /// Recovery codes, which are shown this once; none if the account had some already.
    pub recovery_codes: Option<Vec<RecoveryCode>>,
    /// The session that began, if the person was signing in.
    pub signed_in: Option<Box<(Account, NewSession)>>,
}

/// Why the passkey is no factor.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The challenge is spent, expired, or was asked for by somebody else or for something else; or what the browser
    /// sends is not a new passkey for it.
    #[error("the passkey is not valid")]
    Invalid,
    /// The account has as many as it may.
    #[error("the account has too many passkeys")]
    TooMany,
    /// The passkey is an account's already.
    #[error("the passkey is taken")]
    Taken,
    /// The session, or the sign-in, was ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// A dependency failed; the challenge stays good.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Makes the passkey a factor. 1 `GetItem`, 1 transaction of 7 items; 1 more with recovery codes, and 2 more for who is
/// signing in, 3 with the mail about a device that is not known.
pub async fn enrol(
    app: &App,
    client: &Client,
    enroller: Enroller,
    made: Registration,
    name: Option<PasskeyName>,
) -> Result<Enrolment, EnrolError> {
    let account = enroller.account();
    let (id, now) = (account.id, client.now);
    if account.factors.passkeys().count() >= MOST {
        return Err(EnrolError::TooMany);
    }
    let (asked, passkey) = verified(app, client, &enroller, made, name).await?;

    let has_codes = account.factors.has(Factor::RecoveryCode);
    let factors = account.factors.with_passkey(passkey.id, now);
    let factors = if has_codes { factors } else { factors.with(Factor::RecoveryCode, now) };
    // Of two who enrol at once one raises the epoch, and the other's account is not as it was read: the count holds.
    let update = accounts::set_factors(account, &factors, now)?;
    let transaction: Transaction<'_, EnrolError> = app
        .store
        .transaction()
        .delete(&asked.key(), Some(&present()))
        .or(EnrolError::Invalid)
        .create(&PasskeyClaimRow { id: passkey.id, account: id })
        .or(EnrolError::Taken)
        .create(&passkey)
        .or(EnrolError::Taken)
        .create(&mails::passkey_added(app, client, account).await?)
        .create(&audit::row(app, client, id, events::factor_added(Factor::Passkey)));
    let (recovery_codes, transaction) = if has_codes {
        (None, transaction)
    } else {
        let macs = app.macs().await?;
        let (codes, row) = RecoveryCodesRow::issue(id, macs.lookup_key(), &app.entropy, now);
        (Some(codes), transaction.put(&row))
    };
    let epoch = account.session_epoch.saturating_add(1);
    let signed_in = match enroller {
        Enroller::SignedIn(signed_in) => {
            let shown = Shown { level: Level::SecondFactor, factor: Some(Factor::Passkey), at: now };
            let session = sessions::store::showing(sessions::store::move_to_epoch(&signed_in.session, epoch), shown);
            let transaction = transaction.update(&update).or(EnrolError::Ended);
            transaction.update(&session).or(EnrolError::Ended).commit().await?;
            None
        }
        Enroller::SigningIn(pending) => {
            let spent = pending.challenge.unspent();
            let transaction = transaction.delete(&pending.challenge.key(), Some(&spent)).or(EnrolError::Ended);
            let changed = Account {
                factors,
                session_epoch: epoch,
                sessions_ended_at: Some(now),
                updated_at: now,
                ..pending.account
            };
            let beginning = Beginning {
                account: changed,
                entry: pending.challenge.entry,
                factor: Some(Factor::Passkey),
                update: accounts::count_sign_in(update, client),
            };
            Some(Box::new(begin(app, client, transaction, beginning, EnrolError::Ended).await?))
        }
    };
    Ok(Enrolment { passkey: passkey.into(), recovery_codes, signed_in })
}

/// The challenge that was asked for and the passkey that answers it, verified: 1 `GetItem`.
async fn verified(
    app: &App,
    client: &Client,
    enroller: &Enroller,
    made: Registration,
    name: Option<PasskeyName>,
) -> Result<(CeremonyRow, PasskeyRow), EnrolError> {
    let challenge = made.challenge().map_err(|_| EnrolError::Invalid)?;
    let asked = ceremony::find(&app.store, challenge, &enroller.occasion(), client.now).await?;
    let asked = asked.ok_or(EnrolError::Invalid)?;
    let made = made.verify(&app.config.passkeys.relying_party, UserVerification::Required);
    let made = made.inspect_err(|reason| tracing::info!(%reason, "a new passkey was refused"));
    let made = made.map_err(|_| EnrolError::Invalid)?;
    let name = name.unwrap_or_else(|| PasskeyName(app.origin(client).device.to_string()));
    Ok((asked, PasskeyRow::new(enroller.account().id, made, &name, client.now)))
}
