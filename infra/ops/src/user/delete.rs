//! `latchkey-ops user delete`

use std::io::{BufRead, Write as _};

use clap::Args;
use latchkey_identity::accounts::{Account, EmailAddress};
use latchkey_identity::privacy::delete_account::delete_account;
use latchkey_kernel::clock::Timestamp;

use super::{Operator, Who, told};
use crate::Failure;

/// Which account, and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    who: Who,
    /// Do not ask for the email address first; for scripts
    #[arg(long)]
    yes: bool,
    /// Without the grace: it cannot be taken back. A deletion that waits is brought forward
    #[arg(long)]
    at_once: bool,
}

pub(super) async fn run(operator: &Operator, arguments: &Arguments) -> Result<String, Failure> {
    let account = operator.account(&arguments.who).await?;
    if !arguments.yes && !confirm(&account, arguments.at_once, &mut std::io::stdin().lock())? {
        return Err("that is not the account's email address; nothing was deleted".into());
    }
    let now = operator.client.now;
    match delete_account(&operator.app, &operator.client, account.id, arguments.at_once).await {
        Ok(at) => Ok(scheduled(&account, at, now)),
        Err(error) => told(Err(error), String::new(), String::new()),
    }
}

/// Asks for the email address, so that a slip does not delete the wrong account.
fn confirm(account: &Account, at_once: bool, answers: &mut impl BufRead) -> std::io::Result<bool> {
    let how = if at_once { "at once, and for good" } else { "at the end of the grace" };
    print!("This deletes the account of {} {how}. Type the account's email address: ", account.name.as_str());
    std::io::stdout().flush()?;
    let mut typed = String::new();
    answers.read_line(&mut typed)?;
    Ok(EmailAddress::parse(typed.trim()).is_ok_and(|typed| typed.normalised() == account.email.normalised()))
}

fn scheduled(account: &Account, at: Timestamp, now: Timestamp) -> String {
    let email = account.email.as_str();
    if at > now {
        format!("{email} is deleted on {}. Until then its user can take that back.", at.for_people())
    } else {
        format!("{email} is being deleted.")
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::find::tests::{NOW, ada};
    use super::*;

    #[test]
    fn an_account_is_deleted_only_after_its_own_email_address_was_typed() {
        for (typed, agreed) in [
            ("ada@example.com\n", true),
            (" Ada@Example.com \n", true),
            ("", false),
            ("y\n", false),
            ("yes\n", false),
            ("bea@example.com\n", false),
        ] {
            assert_eq!(confirm(&ada(), true, &mut typed.as_bytes()).unwrap(), agreed, "{typed:?}");
        }
    }

    #[test]
    fn it_is_told_whether_it_can_be_taken_back() {
        let now: Timestamp = NOW.parse().unwrap();
        assert_eq!(
            scheduled(&ada(), now.plus(SignedDuration::from_hours(24 * 14)), now),
            "ada@example.com is deleted on 16 March 2026, 09:30 UTC. Until then its user can take that back."
        );
        assert_eq!(scheduled(&ada(), now, now), "ada@example.com is being deleted.");
    }
}
