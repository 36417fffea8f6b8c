//! `latchkey-ops user restore`

use latchkey_identity::accounts::suspend;

use super::{Operator, Who, told};
use crate::Failure;

pub(super) async fn run(operator: &Operator, who: &Who) -> Result<String, Failure> {
    let account = operator.account(who).await?;
    let email = account.email.as_str();
    told(
        suspend::lift(&operator.app, &operator.client, account.id).await,
        format!("{email} can sign in again."),
        format!("{email} is not suspended."),
    )
}
