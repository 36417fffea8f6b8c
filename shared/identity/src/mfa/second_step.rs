//! Finishing a sign-in with a second factor.

use super::proof::{self, Proof, ProofError, prove};
use super::{SecondStepToken, challenge, events};
use crate::accounts::{self, Account, Factor};
use crate::app::App;
use crate::audit;
use crate::sessions::{Beginning, NewSession, begin};
use latchkey_kernel::dynamo::Row as _;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SecondStepError {
    /// The token is spent, expired or invented, or the account's sessions were ended since. Sign in anew.
    #[error("the token is not valid")]
    TokenInvalid,
    /// Too many requests from the address, or the account's factors are locked for a while.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The factor is wrong or was used before; the token stays good.
    #[error("the second factor is wrong")]
    Wrong(Factor),
    /// A dependency failed; token and factor stay good.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// Signs a person in. 1 `BatchGetItem` and 1 limiter update together; 1 limiter update and 1 `GetItem` together;
/// 1 transaction of 6 items, 7 with the mail about a device that is not known, and another with the one about a recovery
/// code or with the challenge of a passkey. 1 `PutItem` if the factor is wrong.
///
/// The tries are counted by account, so a new token brings no new ones. And they are counted after the token was found
/// to be good: an account's id is no secret, and who knows nothing else cannot lock anybody's factors.
pub async fn finish(
    app: &App,
    client: &Client,
    token: &SecondStepToken,
    shown: &Proof,
) -> Result<(Account, NewSession), SecondStepError> {
    let factor = shown.factor();
    let (found, admitted) = tokio::join!(challenge::find(app, client, token), rate::admit_visit(app, client));
    admitted?;
    let found = found?;
    let (challenge, account) = found.ok_or(SecondStepError::TokenInvalid)?;
    let proven = prove(app, client, &account, &challenge.second_step(), shown).await.map_err(|error| match error {
        ProofError::Refused(refused) => SecondStepError::Refused(refused),
        ProofError::Wrong => SecondStepError::Wrong(factor),
        ProofError::Failed(fault) => SecondStepError::Failed(fault),
    })?;
    let transaction = app.store.transaction();
    let transaction =
        transaction.delete(&challenge.key(), Some(&challenge.unspent())).or(SecondStepError::TokenInvalid);
    let transaction = proven.spend(transaction, || SecondStepError::Wrong(factor));
    let account_id = account.id;
    let beginning = Beginning {
        update: accounts::record_sign_in(&account, client, None)?,
        account,
        entry: challenge.entry,
        factor: Some(factor),
    };
    let begun = begin(app, client, transaction, beginning, SecondStepError::TokenInvalid).await;
    match &begun {
        // Somebody showed the same code a moment earlier.
        Err(SecondStepError::Wrong(_)) => {
            audit::record(app, client, Some(account_id), events::factor_failed(factor)).await?;
        }
        Err(SecondStepError::Failed(_)) => proof::give_back(app, client, account_id).await,
        _ => {}
    }
    begun
}
