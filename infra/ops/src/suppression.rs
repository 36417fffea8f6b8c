//! `latchkey-ops suppression`: addresses that nothing is sent to.

use clap::Args;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::mail::{SuppressionReason, lift, suppression};
use latchkey_kernel::secret::Macs;

use crate::Failure;
use crate::deployment::Deployment;

/// Which address, and what to do with it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The mail address
    address: String,
    /// Send to it again; it is taken out of the account's own list in SES as well
    #[arg(long)]
    lift: bool,
}

/// Shows or lifts a suppression.
pub(crate) async fn run(deployment: &Deployment, arguments: &Arguments) -> Result<(), Failure> {
    let macs: Macs = deployment.secrets.read_as().await?;
    let found = suppression(&deployment.store, &macs, &arguments.address, system_now()).await?;
    if !arguments.lift {
        let Some(found) = found else {
            println!("Mail to this address is not suppressed here.");
            return Ok(());
        };
        let reason = match found.reason {
            SuppressionReason::Bounce => "its mail server refused it for good",
            SuppressionReason::Complaint => "its owner complained",
        };
        println!("Nothing is sent to it since {}: {reason}.", found.since.for_people());
        return Ok(());
    }
    lift(&deployment.store, &macs, &arguments.address).await?;
    if deployment.on_aws {
        // Not in the list, or no longer: either way SES sends.
        let removed = deployment.ses.delete_suppressed_destination().email_address(&arguments.address).send().await;
        if let Err(error) = removed.map_err(aws_sdk_sesv2::error::SdkError::into_service_error)
            && !error.is_not_found_exception()
        {
            let cause = error.meta().message().unwrap_or("no answer");
            return Err(format!("it is sent to again, but SES's own list could not be changed: {cause}").into());
        }
    }
    println!("It is sent to again.");
    Ok(())
}
