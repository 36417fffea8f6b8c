//! Whether addresses have places: an account with MaxMind, and a database that is not old.

use jiff::SignedDuration;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::geo::KEY;
use latchkey_kernel::secret::{Providers, SecretError};

use super::{Finding, broken, good, notice};
use crate::deployment::Deployment;

/// A database that was not replaced for so long missed a weekly run.
const OLD: SignedDuration = SignedDuration::from_hours(24 * 9);

pub(super) async fn examine(deployment: &Deployment) -> Vec<Finding> {
    let configured = match deployment.secrets.read_as::<Providers>().await {
        Ok(providers) => providers.maxmind.is_some(),
        Err(SecretError::Missing(_)) => false,
        Err(error) => return vec![broken(error.to_string())],
    };
    if !configured {
        return vec![notice("the secret providers has no account with MaxMind: sessions and notices name no places")];
    }
    vec![good("the secret providers has an account with MaxMind"), database(deployment).await]
}

async fn database(deployment: &Deployment) -> Finding {
    let Some(bucket) = &deployment.bucket else {
        return broken("the deployment has no bucket; deploy the template again");
    };
    match bucket.find(KEY).await {
        Ok(Some(object)) => match object.modified.map(|modified| system_now().since(modified)) {
            Some(age) if age > OLD => notice(format!(
                "the database of places is {} days old; the log of the scheduler says why it was not replaced",
                days(age)
            )),
            Some(age) => good(format!("the database of places is {} days old", days(age))),
            None => notice("the database of places is there; its age is not known"),
        },
        Ok(None) => notice("there is no database of places yet; the scheduler fetches it once a week (docs/deploy.md)"),
        Err(error) => broken(format!("the database of places cannot be asked about: {error}")),
    }
}

fn days(age: SignedDuration) -> i64 {
    age.as_hours() / 24
}
