//! `latchkey-ops rotate-keys`: one step at a time, since running environments learn of a new key only minutes later,
//! and API Gateway's authorizers hours later.

use clap::{Args, ValueEnum};
use latchkey::app::SecretName;
use latchkey::clock::{Timestamp, system_now};
use latchkey::secret::{Pepper, Ring, RingStep, SealingMaterial, SecretError};
use latchkey::sessions::{KeySet, SigningMaterial, SigningStep};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::deployment::Deployment;

/// Which keys, and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The keys: signing (access tokens), sealing (outbox and refresh tokens), pepper (passwords)
    kind: Kind,
    /// Replace a signing key that others may hold, without the waits: the API refuses every old access token within
    /// minutes. Other APIs that keep our key set go on to accept tokens forged with the old key, and refuse new ones, for
    /// as long as they keep it: API Gateway's authorizer up to two hours, unless its API is deployed again
    #[arg(long)]
    at_once: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Signing,
    Sealing,
    Pepper,
}

/// Takes the next step.
pub(crate) async fn run(deployment: &Deployment, arguments: &Arguments) -> Result<(), Failure> {
    let now = system_now();
    if arguments.at_once && arguments.kind != Kind::Signing {
        return Err(
            "--at-once is for signing keys: what was sealed or hashed with the others must stay readable".into()
        );
    }
    match arguments.kind {
        Kind::Signing => rotate_signing(deployment, arguments.at_once, now).await,
        Kind::Sealing => {
            rotate_ring(deployment, SecretName::Sealing, |sealing: &mut SealingMaterial| &mut sealing.ring, now).await
        }
        Kind::Pepper => rotate_ring(deployment, SecretName::Pepper, |pepper: &mut Pepper| &mut pepper.ring, now).await,
    }
}

/// Takes the next step with the ring in a secret.
async fn rotate_ring<T: Serialize + DeserializeOwned>(
    deployment: &Deployment,
    name: SecretName,
    ring: impl Fn(&mut T) -> &mut Ring,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut secret: T = deployment.secrets.read_json(name.name()).await?;
    let step = ring(&mut secret).rotate(&deployment.entropy, now);
    if !matches!(step, RingStep::NotBefore(_)) {
        deployment.secrets.write_json(name.name(), &secret).await?;
    }
    tell_ring(name.name(), step);
    Ok(())
}

/// The private keys are written before the public ones. A run that ends between the two is found out by the next: the
/// next key is not among the published ones, and its wait begins anew.
async fn rotate_signing(deployment: &Deployment, at_once: bool, now: Timestamp) -> Result<(), Failure> {
    let secrets = &deployment.secrets;
    let mut signing: SigningMaterial = secrets.read_json(SecretName::Signing.name()).await?;
    let published: Option<KeySet> = match secrets.read_json(SecretName::Verifying.name()).await {
        Ok(published) => Some(published),
        Err(SecretError::Missing(_)) => None,
        Err(error) => return Err(error.into()),
    };
    if at_once {
        signing.replace(now)?;
        write_signing(deployment, &signing).await?;
        println!(
            "The signing key was replaced. Within five minutes every environment signs and verifies with it alone."
        );
        return Ok(());
    }
    if published.as_ref() != Some(&signing.key_set()) {
        signing.publish_again(now);
        write_signing(deployment, &signing).await?;
        println!("The published keys were not those of the private ones, and are now; run this again in three hours.");
        return Ok(());
    }
    let step = signing.rotate(now)?;
    if !matches!(step, SigningStep::NotBefore(_)) {
        write_signing(deployment, &signing).await?;
    }
    match step {
        SigningStep::Published => println!(
            "A next key is published and signs nothing yet. Run this again after {}.",
            now.plus(SigningMaterial::PUBLISHED_FOR).for_people()
        ),
        SigningStep::Promoted => println!(
            "The next key signs now; the one before still verifies. Run this again after {}.",
            now.plus(SigningMaterial::VERIFIES_FOR).for_people()
        ),
        SigningStep::Retired => println!("The previous key is published no more. The rotation is done."),
        SigningStep::NotBefore(when) => println!("Nothing to do before {}.", when.for_people()),
    }
    Ok(())
}

async fn write_signing(deployment: &Deployment, signing: &SigningMaterial) -> Result<(), SecretError> {
    deployment.secrets.write_json(SecretName::Signing.name(), signing).await?;
    deployment.secrets.write_json(SecretName::Verifying.name(), &signing.key_set()).await
}

fn tell_ring(kind: &str, step: RingStep) {
    match step {
        RingStep::Added(number) => {
            println!("{kind} key {number} was added and is not used yet. Run this again in ten minutes.");
        }
        RingStep::Used(number) => println!("{kind} key {number} is used from now on. The rotation is done."),
        RingStep::NotBefore(when) => println!("Nothing to do before {}.", when.for_people()),
    }
}
