//! `latchkey-ops user reset-mfa`

use latchkey_identity::mfa::reset;

use super::{Operator, Who, told};
use crate::Failure;

pub(super) async fn run(operator: &Operator, who: &Who) -> Result<String, Failure> {
    let account = operator.account(who).await?;
    let email = account.email.as_str();
    told(
        reset::reset(&operator.app, &operator.client, account.id).await,
        format!("{email} has no second factor any more, and is signed out on every device."),
        format!("{email} has no second factor."),
    )
}
