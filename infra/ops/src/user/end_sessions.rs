//! `latchkey-ops user end-sessions`

use latchkey_identity::sessions::end_all;

use super::{Operator, Who, told};
use crate::Failure;

pub(super) async fn run(operator: &Operator, who: &Who) -> Result<String, Failure> {
    let account = operator.account(who).await?;
    let said = format!("{} is signed out on every device.", account.email.as_str());
    told(end_all::end_all(&operator.app, &operator.client, account.id).await, said.clone(), said)
}
