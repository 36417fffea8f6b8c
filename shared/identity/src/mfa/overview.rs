//! What a person has of second factors.

use super::recovery_codes;
use crate::accounts::{Account, Enrolled, Factor};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::fault::Fault;

/// The factors of a person.
pub struct Overview {
    /// Whether the account must have one.
    pub required: bool,
    /// Those that stand alone, oldest first.
    pub factors: Vec<Enrolled>,
    /// The recovery codes; none with no factor.
    pub recovery_codes: Option<CodesLeft>,
}

/// The recovery codes of a person.
pub struct CodesLeft {
    /// How many are left.
    pub left: usize,
    /// When they were made.
    pub issued_at: Timestamp,
}

/// Looks: 1 `GetItem`, if there are recovery codes.
pub async fn overview(app: &App, account: &Account) -> Result<Overview, Fault> {
    let codes = if account.factors.has(Factor::RecoveryCode) {
        recovery_codes::find(&app.store, account.id).await?
    } else {
        None
    };
    Ok(Overview {
        required: app.config.mfa.required.of(account),
        factors: account.factors.iter().filter(|enrolled| enrolled.factor.stands_alone()).copied().collect(),
        recovery_codes: codes.map(|row| CodesLeft { left: row.left(), issued_at: row.issued_at() }),
    })
}
