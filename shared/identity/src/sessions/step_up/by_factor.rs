//! Showing a second factor: of an account that has one.

use super::{Level, Shown, StepUpError, refuse_unless_highest};
use crate::app::App;
use crate::mfa::passkeys::Occasion;
use crate::mfa::{self, Proof, ProofError};
use crate::sessions::{SignedIn, store};
use latchkey_kernel::http::client::Client;

impl From<ProofError> for StepUpError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Refused(refused) => Self::Refused(refused),
            ProofError::Wrong => Self::CodeInvalid,
            ProofError::Failed(fault) => Self::Failed(fault),
        }
    }
}

/// Makes the session fresh by a second factor. 1 limiter update and 1 `GetItem` together, 1 transaction of 3 items, 4 with
/// the mail about a recovery code; or 1 `PutItem` if it is wrong.
pub async fn by_factor(app: &App, client: &Client, signed_in: &SignedIn, shown: &Proof) -> Result<(), StepUpError> {
    let SignedIn { account, session, .. } = signed_in;
    refuse_unless_highest(account, Level::SecondFactor)?;
    let proven = mfa::prove(app, client, account, &Occasion::step_up(signed_in), shown).await?;
    let shown = Shown { level: Level::SecondFactor, factor: Some(proven.factor), at: client.now };
    let transaction = proven.spend(app.store.transaction(), || StepUpError::CodeInvalid);
    let noted = transaction.update(&store::note_shown(session, shown)).or(StepUpError::SessionEnded).commit().await;
    if matches!(noted, Err(StepUpError::Failed(_))) {
        mfa::give_back(app, client, account.id).await;
    }
    noted
}
