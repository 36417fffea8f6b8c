//! `latchkey-ops migrate`

use latchkey_identity::registry;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::dynamo::migrations::{Work, migrate};

use crate::Failure;
use crate::deployment::Deployment;

/// Takes the steps that are due.
pub(crate) async fn run(deployment: &Deployment) -> Result<(), Failure> {
    let (pepper, macs) = (deployment.secrets.read_as().await?, deployment.secrets.read_as().await?);
    let (store, entropy) = (&deployment.store, &deployment.entropy);
    let work = Work { store, macs: &macs, pepper: &pepper, entropy, clock: &system_now };
    let taken = migrate(&work, &registry::migrations().copied().collect::<Vec<_>>()).await?;
    for step in &taken {
        println!("done: {step}");
    }
    if taken.is_empty() {
        println!("nothing to do");
    }
    Ok(())
}
