//! `latchkey-ops rotate-keys`: one step at a time, since running environments learn of a new key only minutes later,
//! and API Gateway's authorizers hours later.

use clap::{Args, ValueEnum};
use latchkey_identity::app::SecretName;
use latchkey_identity::registry;
use latchkey_identity::sessions::{KeySet, SigningMaterial, SigningStep};
use latchkey_kernel::clock::{Timestamp, system_now};
use latchkey_kernel::dynamo::resealing::{Retired, retire};
use latchkey_kernel::secret::{MacsMaterial, Pepper, Ring, RingStep, SealingMaterial, SecretError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;
use crate::deployment::Deployment;

/// Which keys, and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The keys: signing (access tokens), macs (refresh tokens, CSRF tokens and cursors), sealing (outbox and
    /// authenticator apps), pepper (passwords)
    kind: Kind,
    /// Seal everything anew that an older sealing key has sealed, and remove those keys: three days after the present one
    /// came into use, or later. Backups of the table from before then cannot be opened without the older keys, so keep a copy
    /// of the secret for as long as you keep those
    #[arg(long)]
    retire: bool,
    /// Replace a signing key that others may hold, without the waits: the API refuses every old access token within
    /// minutes. Other APIs that keep our key set go on to accept tokens forged with the old key, and refuse new ones, for
    /// as long as they keep it: API Gateway's authorizer up to two hours, unless its API is deployed again
    #[arg(long)]
    at_once: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Signing,
    Macs,
    Sealing,
    Pepper,
}

/// Takes the next step.
pub(crate) async fn run(deployment: &Deployment, arguments: &Arguments) -> Result<(), Failure> {
    let now = system_now();
    if arguments.at_once && arguments.kind != Kind::Signing {
        return Err("--at-once is for signing keys: what was made with the others must stay readable".into());
    }
    if arguments.retire {
        return match arguments.kind {
            Kind::Sealing => retire_sealing(deployment, now).await,
            _ => Err(
                "--retire is for sealing keys: macs go by themselves, peppers stay for those who have not signed in"
                    .into(),
            ),
        };
    }
    match arguments.kind {
        Kind::Signing => rotate_signing(deployment, arguments.at_once, now).await,
        Kind::Macs => rotate_macs(deployment, now).await,
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

/// Takes the next step with the keys of tags, and drops those that no session can have a tag of any more.
async fn rotate_macs(deployment: &Deployment, now: Timestamp) -> Result<(), Failure> {
    let mut macs: MacsMaterial = deployment.secrets.read_json(SecretName::Macs.name()).await?;
    let dropped = macs.ring.drop_replaced_before(now.plus(-deployment.config.lifetimes.absolute));
    let step = macs.ring.rotate(&deployment.entropy, now);
    if !dropped.is_empty() || !matches!(step, RingStep::NotBefore(_)) {
        deployment.secrets.write_json(SecretName::Macs.name(), &macs).await?;
    }
    for number in dropped {
        println!("macs key {number} was replaced longer ago than a session lives, and is gone.");
    }
    tell_ring(SecretName::Macs.name(), step);
    Ok(())
}

async fn retire_sealing(deployment: &Deployment, now: Timestamp) -> Result<(), Failure> {
    match retire(registry::sealed(), &deployment.store, &deployment.secrets, &deployment.entropy, now).await? {
        Retired::NoneOlder => println!("There is no sealing key but the present one."),
        Retired::NotBefore(when) => println!("Nothing to do before {}.", when.for_people()),
        Retired::Keys { dropped, resealed } => {
            let numbers: Vec<_> = dropped.iter().map(u32::to_string).collect();
            println!("{resealed} rows were sealed anew; sealing key {} is gone.", numbers.join(", "));
        }
    }
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
