//! `latchkey-ops generate-secrets`

use latchkey_identity::app::{SecretName, create_missing};
use latchkey_kernel::clock::system_now;

use crate::Failure;
use crate::deployment::Deployment;

/// Creates what is missing.
pub(crate) async fn run(deployment: &Deployment) -> Result<(), Failure> {
    let created = create_missing(&deployment.secrets, &deployment.entropy, system_now()).await?;
    for name in SecretName::ALL {
        let done = if created.contains(&name) { "created" } else { "there already" };
        println!("{:<10} {done}", name.name());
    }
    if created.contains(&SecretName::Pepper) {
        println!("Without these secrets no password can be verified: Secrets Manager keeps them when the stack goes.");
    }
    Ok(())
}
