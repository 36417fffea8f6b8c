//! Taking every second factor of an account away, by an operator: for a user who has lost all of them.
//!
//! Passkeys go as well, though they are also a way in by themselves: one that is lost may be somebody else's by now. Every
//! session ends, and a sign-in that waits for its second step dies. The password stays.

use super::{events, keys, mails};
use crate::accounts::{self, AccountId, ActError, Factors, act};
use crate::app::App;
use crate::audit;
use latchkey_kernel::http::client::Client;

/// Takes them away, and tells the user: 1 `GetItem`, 1 transaction of 2 items, and 2 for each factor, 3 for a passkey.
pub async fn reset(app: &App, client: &Client, id: AccountId) -> Result<(), ActError> {
    act(app, client, id, async |account| {
        if account.factors.is_empty() {
            return Err(ActError::NothingToDo);
        }
        let update = accounts::set_factors(account, &Factors::default(), client.now)?;
        let mut transaction = app
            .store
            .transaction()
            .update(&update)
            .or(ActError::Changed)
            .create(&mails::factors_reset(app, client, account).await?);
        for enrolled in account.factors.iter() {
            for item in keys::items_of(enrolled, account.id) {
                transaction = transaction.delete(&item, None);
            }
            let event = events::factor_removed(enrolled.factor, "operator");
            transaction = transaction.create(&audit::row_by_operator(app, client, account.id, event));
        }
        transaction.commit().await
    })
    .await
}
