//! Whether the secrets are there, fit each other, and are those that the tables were filled with.

use latchkey_identity::app::SecretName;
use latchkey_identity::registry;
use latchkey_identity::sessions::{KeySet, SigningMaterial};
use latchkey_kernel::dynamo::migrations::{Deployment as Seeded, applied};
use latchkey_kernel::secret::{Sealer, SealingMaterial};

use super::{Finding, broken, good, notice};
use crate::deployment::Deployment;

pub(super) async fn examine(deployment: &Deployment) -> Vec<Finding> {
    vec![
        tied_to_tables(deployment).await,
        sealing(deployment).await,
        published_keys(deployment).await,
        migrations(deployment).await,
    ]
}

async fn tied_to_tables(deployment: &Deployment) -> Finding {
    let (pepper, macs) = match (deployment.secrets.read_as().await, deployment.secrets.read_as().await) {
        (Ok(pepper), Ok(macs)) => (pepper, macs),
        (Err(error), _) | (_, Err(error)) => return broken(error.to_string()),
    };
    match Seeded::find(&deployment.store).await {
        Ok(Some(seeded)) => match seeded.check(&pepper, &macs) {
            Ok(()) => good("pepper and macs are those that the tables were filled with"),
            Err(error) => broken(error.to_string()),
        },
        Ok(None) => broken("the tables are not seeded; run `latchkey-ops migrate`"),
        Err(error) => broken(format!("the tables cannot be read: {error}")),
    }
}

async fn sealing(deployment: &Deployment) -> Finding {
    let sealer = deployment.secrets.read_as::<Sealer>().await;
    let material = deployment.secrets.read_json::<SealingMaterial>(SecretName::Sealing.name()).await;
    let (sealer, mut material) = match (sealer, material) {
        (Ok(sealer), Ok(material)) => (sealer, material),
        (Err(error), _) | (_, Err(error)) => return broken(error.to_string()),
    };
    match material.ring.drop_before(sealer.current_key()).len() {
        0 => good("one sealing key is in use"),
        _ => notice("older sealing keys are kept; `latchkey-ops rotate-keys sealing --retire` removes them"),
    }
}

async fn published_keys(deployment: &Deployment) -> Finding {
    let signing = deployment.secrets.read_json::<SigningMaterial>(SecretName::Signing.name()).await;
    let verifying = deployment.secrets.read_json::<KeySet>(SecretName::Verifying.name()).await;
    match (signing, verifying) {
        (Ok(signing), Ok(verifying)) if signing.key_set() == verifying => {
            good(format!("{} signing keys are published", verifying.keys.len()))
        }
        (Ok(_), Ok(_)) => {
            broken("the published keys are not those of the private ones; run `latchkey-ops rotate-keys signing`")
        }
        (Err(error), _) | (_, Err(error)) => broken(error.to_string()),
    }
}

async fn migrations(deployment: &Deployment) -> Finding {
    let known = registry::migrations().map(|step| step.number()).max().unwrap_or_default();
    match applied(&deployment.store).await {
        Ok(applied) if applied == known => good(format!("migrations are at step {applied}, the last")),
        Ok(applied) if applied < known => {
            broken(format!("migrations are at step {applied} of {known}; run `latchkey-ops migrate`"))
        }
        Ok(applied) => notice(format!("migrations are at step {applied}, this program knows {known}")),
        Err(error) => broken(format!("the tables cannot be read: {error}")),
    }
}
