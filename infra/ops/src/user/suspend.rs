//! `latchkey-ops user suspend`

use latchkey_identity::accounts::suspend;

use super::{Operator, Who, told};
use crate::Failure;

pub(super) async fn run(operator: &Operator, who: &Who) -> Result<String, Failure> {
    let account = operator.account(who).await?;
    let email = account.email.as_str();
    told(
        suspend::suspend(&operator.app, &operator.client, account.id).await,
        format!("{email} is suspended: every session has ended, and no one can sign in until `user restore`."),
        format!("{email} was suspended already."),
    )
}
