//! `latchkey-ops user`: what an operator does for, or to, one user.
//!
//! The acts are rules of the product, so they go through its transactions, audit log and outbox; here they are asked for and
//! told of. A command that finds its work done says so, and succeeds.

mod delete;
mod end_sessions;
mod find;
mod reset_mfa;
mod restore;
mod suspend;

use clap::{Args, Subcommand};
use latchkey_identity::accounts::{Account, ActError, find as accounts};
use latchkey_identity::app::App;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::http::client::Client;

use crate::Failure;
use crate::deployment::Deployment;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show an account: its state, second factors, providers and sessions; no secrets
    Find(Who),
    /// Close every way in to an account until `restore`
    ///
    /// Every session ends with its next request, mailed codes die, and exports that were asked for do not open any more.
    /// Nothing is deleted. The user is mailed, and who shows the right password is answered `suspended`.
    Suspend(Who),
    /// Lift a suspension; the user is mailed, and signs in as before
    Restore(Who),
    /// Sign a user out on every device; the user is mailed
    ///
    /// Exports that were asked for do not open any more, and a change of the email address that waits for its code is void.
    EndSessions(Who),
    /// Remove every second factor: authenticator app, passkeys and recovery codes
    ///
    /// Be sure who asks: from then on the password alone signs in. Every session ends, and the user is mailed.
    ResetMfa(Who),
    /// Delete an account, at the end of the grace or at once
    Delete(delete::Arguments),
}

/// Whom it is about.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// The user's email address, username, telephone number or account id
    user: String,
}

/// An operator at work.
struct Operator {
    app: App,
    client: Client,
}

impl Operator {
    fn of(deployment: &Deployment) -> Self {
        let number = u64::from_be_bytes(deployment.entropy.bytes());
        let client = Client::of_operator(system_now(), format!("ops-{number:016x}"));
        Self { app: deployment.app(), client }
    }

    /// The account of a user.
    async fn account(&self, who: &Who) -> Result<Account, Failure> {
        let found = accounts::find(&self.app.store, &who.user).await?;
        Ok(found.ok_or_else(|| {
            format!("no account has the email address, username, telephone number or id {}", who.user)
        })?)
    }
}

/// Does it.
pub(crate) async fn run(deployment: &Deployment, command: &Command) -> Result<(), Failure> {
    let operator = Operator::of(deployment);
    let told = match command {
        Command::Find(who) => find::run(&operator, who).await?,
        Command::Suspend(who) => suspend::run(&operator, who).await?,
        Command::Restore(who) => restore::run(&operator, who).await?,
        Command::EndSessions(who) => end_sessions::run(&operator, who).await?,
        Command::ResetMfa(who) => reset_mfa::run(&operator, who).await?,
        Command::Delete(arguments) => delete::run(&operator, arguments).await?,
    };
    println!("{told}");
    Ok(())
}

/// What is said after an act: this, or, where there was nothing to do, the other.
fn told(done: Result<(), ActError>, said: String, nothing_to_do: String) -> Result<String, Failure> {
    match done {
        Ok(()) => Ok(said),
        Err(ActError::NothingToDo) => Ok(nothing_to_do),
        Err(ActError::NotFound) => Err("the account is being erased".into()),
        Err(error @ (ActError::Changed | ActError::Failed(_))) => Err(error.into()),
    }
}
