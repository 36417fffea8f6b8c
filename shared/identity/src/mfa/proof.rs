//! What a person shows as a second factor, and the one way in which it is judged.

use super::passkeys::{self, Occasion};
use super::recovery_codes::{self, RecoveryCode};
use super::totp::{self, TotpCode};
use super::{events, lockout};
use crate::accounts::{Account, AccountId, Factor};
use crate::app::App;
use crate::audit::{self, AuditRow};
use crate::webauthn::Assertion;
use latchkey_kernel::dynamo::{Condition, Key, Transaction, Update};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;
use latchkey_kernel::outbox::OutboxItem;

/// What a person shows.
pub enum Proof {
    /// The code that an authenticator app shows.
    Totp(TotpCode),
    /// What a passkey signed.
    Passkey(Assertion),
    /// A code that was written down.
    RecoveryCode(RecoveryCode),
}

impl Proof {
    /// Which factor it is of.
    pub fn factor(&self) -> Factor {
        match self {
            Self::Totp(_) => Factor::Totp,
            Self::Passkey(_) => Factor::Passkey,
            Self::RecoveryCode(_) => Factor::RecoveryCode,
        }
    }
}

/// Why a proof shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Too many failures of this account, over all factors.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Wrong, used before, or of a factor that the account does not have.
    #[error("the second factor is wrong")]
    Wrong,
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// A proof that is right, as long as nobody else spends it first.
#[must_use = "a proof that is not spent can be shown again"]
pub(crate) struct Proven {
    pub(crate) factor: Factor,
    /// The factor's item.
    pub(super) key: Key,
    /// That the proof was not spent since it was read.
    pub(super) unspent: Condition,
    /// What spends it.
    pub(super) spending: Update,
    /// What was asked, where something was, and that nobody answered it since.
    pub(super) challenge: Option<(Key, Condition)>,
    /// What its owner is to be told.
    pub(super) notice: Option<OutboxItem>,
    /// What is to be noted about it.
    pub(super) warnings: Vec<AuditRow>,
    pub(super) given_back: Update,
}

impl Proven {
    /// Spends it, in the transaction of what it allows; `spent` is what it means when somebody else was first. 2 items; 1
    /// more for a challenge that it answers, for a mail and for each warning.
    pub(crate) fn spend<E: From<Fault>>(
        self,
        transaction: Transaction<'_, E>,
        spent: impl Fn() -> E,
    ) -> Transaction<'_, E> {
        let given_back = self.given_back.clone();
        self.spend_alone(transaction, spent).update(&given_back)
    }

    /// The same where no try was counted: 1 item less.
    pub(crate) fn spend_alone<E: From<Fault>>(
        self,
        transaction: Transaction<'_, E>,
        spent: impl Fn() -> E,
    ) -> Transaction<'_, E> {
        let mut transaction = transaction.update(&self.spending.only_if(&self.unspent)).or(spent());
        if let Some((challenge, unanswered)) = &self.challenge {
            transaction = transaction.delete(challenge, Some(unanswered)).or(spent());
        }
        if let Some(notice) = &self.notice {
            transaction = transaction.create(notice);
        }
        self.warnings.iter().fold(transaction, Transaction::create)
    }

    /// The same in a transaction that deletes these items: where the proof's own is among them, that spends it.
    pub(crate) fn spend_deleting<'a, E: From<Fault>>(
        self,
        mut transaction: Transaction<'a, E>,
        deleted: &[Key],
        spent: impl Fn() -> E,
    ) -> Transaction<'a, E> {
        for key in deleted.iter().filter(|key| **key != self.key) {
            transaction = transaction.delete(key, None);
        }
        if deleted.contains(&self.key) {
            return transaction.delete(&self.key, Some(&self.unspent)).or(spent()).update(&self.given_back);
        }
        self.spend(transaction, spent)
    }
}

/// Judges a proof of this account, shown on this occasion: 1 limiter update and 1 `GetItem` together (for a passkey 1
/// `BatchGetItem`, 2 read units); 1 `PutItem` if it is wrong, and what tells of it if it was the last that is looked at
/// ([`lockout::raise`]). Every failure counts towards the one limit, and a right proof only until it is spent.
pub(crate) async fn prove(
    app: &App,
    client: &Client,
    account: &Account,
    occasion: &Occasion,
    proof: &Proof,
) -> Result<Proven, ProofError> {
    let judged = async {
        match proof {
            Proof::Totp(code) => totp::judge(app, client, account, code).await,
            Proof::Passkey(assertion) => passkeys::judge(app, client, account, occasion, assertion).await,
            Proof::RecoveryCode(code) => recovery_codes::judge(app, client, account, code).await,
        }
    };
    // Reading beside the counting is no looking: what comes out is used only if the try was admitted.
    let (admitted, judged) = tokio::join!(lockout::reserve(app, client, account.id), judged);
    let lockout::IsLast(is_last) = admitted?;
    match judged {
        Err(ProofError::Wrong) => {
            audit::record(app, client, Some(account.id), events::factor_failed(proof.factor())).await?;
            if is_last {
                lockout::raise(app, client, account).await?;
            }
            Err(ProofError::Wrong)
        }
        Err(error) => {
            lockout::give_back_now(app, client, account.id).await;
            Err(error)
        }
        Ok(proven) => Ok(proven),
    }
}

/// Takes a try back that a fault of ours made useless.
pub(crate) async fn give_back(app: &App, client: &Client, account: AccountId) {
    lockout::give_back_now(app, client, account).await;
}
