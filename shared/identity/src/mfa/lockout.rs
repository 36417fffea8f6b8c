//! The one limit of failures: whichever factor is tried, for whatever act, in however many sign-ins.
//!
//! A try is counted before it is looked at, so that parallel guesses are no more than the limit, and given back by the
//! transaction of the act that it allowed. What is refused does not count: who never stops guessing would otherwise keep
//! the person out for good.

use super::events::MANY_FAILED_FACTORS;
use super::mails;
use crate::accounts::{Account, AccountId};
use crate::app::App;
use crate::audit;
use latchkey_kernel::dynamo::Update;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{self, Refused, Reservation, Subject};

/// Counts a try, before it is looked at: 1 limiter update, 2 if it is refused.
pub(super) async fn reserve(app: &App, client: &Client, account: AccountId) -> Result<IsLast, Refused> {
    let reserved = rate::reserve(app, client, Subject::person(account), app.config.factor_guesses.limits).await?;
    Ok(IsLast(reserved.is_last()))
}

/// So many second factors were wrong that no more are looked at for a while. The first factor was right. 1 transaction of 3 items; 1 `PutItem` more when the user was told within a day.
pub(super) async fn raise(app: &App, client: &Client, account: &Account) -> Result<(), Fault> {
    let mail = mails::many_failed_factors(app, client, account).await?;
    audit::tell(app, client, account.id, Some(account.id), MANY_FAILED_FACTORS, &mail).await
}

/// Whether no more is looked at after this try, if it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IsLast(pub(super) bool);

/// The try of this request.
fn reserved(app: &App, client: &Client, account: AccountId) -> Reservation {
    Reservation::of(client, Subject::person(account), app.config.factor_guesses.limits)
}

/// Gives the try of this request back. A step of the transaction that it allowed.
pub(super) fn give_back(app: &App, client: &Client, account: AccountId) -> Update {
    reserved(app, client, account).giving_back()
}

/// Gives it back by itself, where nothing else is written: 1 limiter update. If this fails, the try is lost.
pub(super) async fn give_back_now(app: &App, client: &Client, account: AccountId) {
    if let Err(error) = reserved(app, client, account).give_back(app).await {
        tracing::warn!(%error, "a try at a second factor was not given back");
    }
}
