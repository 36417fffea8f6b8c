//! [`Kernel`]: what the kernel's own functions work with. An application adds the services of its domains and
//! dereferences to it.

use std::ops::Deref;
use std::sync::Arc;

use uuid::Uuid;

use crate::bucket::{Bucket, Reader};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::dynamo::Store;
use crate::entropy::Entropy;
use crate::fault::Fault;
use crate::geo::Places;
use crate::outbound::Outbound;
use crate::rate::Leases;
use crate::secret::{Held, Macs, Sealer, SecretSource, Secrets};
use crate::telemetry::{Metrics, chain};

/// What every process stands on. Cheap to clone.
#[derive(Clone)]
pub struct Kernel(Arc<Parts>);

/// What an application asks of other services.
pub struct Outside {
    /// The bucket, if the deployment has one.
    pub bucket: Option<Bucket>,
    /// What reads the database of places from it.
    pub places: Option<Reader>,
    /// How other services are asked.
    pub outbound: Outbound,
}

/// The parts of a [`Kernel`].
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// The two tables.
    pub store: Store,
    /// Randomness and ids.
    pub entropy: Entropy,
    /// The secrets that this process uses.
    pub secrets: Secrets,
    /// The bucket, if the deployment has one.
    pub bucket: Option<Bucket>,
    /// Where IP addresses are.
    pub places: Places,
    /// How other services are asked.
    pub outbound: Outbound,
    /// Counts.
    pub metrics: Metrics,
    /// What this environment may admit of large limits by itself.
    pub leases: Leases,
    sealing: Held<Sealer>,
    macs: Held<Macs>,
}

impl Deref for Kernel {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Whose data is exported or erased: the user of an account, or a person without one of whom a domain keeps data.
pub trait DataSubject: Send + Sync {
    /// The kernel.
    fn kernel(&self) -> &Kernel;

    /// The id of the subject: a log may name it.
    fn id(&self) -> Uuid;

    /// The partition key, in both tables, of the items that are the subject's alone.
    fn partition(&self) -> String;
}

/// An application that stands on a kernel: the state of its routers, and what its workers work with.
pub trait Application: Clone + Send + Sync + 'static {
    /// Its configuration.
    type Config;
    /// Whose data its domains keep.
    type DataSubject: DataSubject;

    /// Its kernel.
    fn kernel(&self) -> &Kernel;
}

impl Kernel {
    /// The kernel of this configuration, these secrets and this store. Secrets are read when they are first needed;
    /// `now` is the time from which they count as read.
    pub fn new(
        config: Config,
        source: SecretSource,
        store: Store,
        entropy: Entropy,
        outside: Outside,
        metrics: Metrics,
        now: Timestamp,
    ) -> Self {
        let secrets = Secrets::new(source, now);
        Self(Arc::new(Parts {
            sealing: secrets.hold(),
            macs: secrets.hold(),
            config,
            store,
            entropy,
            secrets,
            places: Places::new(outside.places, metrics.clone()),
            bucket: outside.bucket,
            outbound: outside.outbound,
            metrics,
            leases: Leases::default(),
        }))
    }

    /// Opens the connection to the store and reads the secrets of these names, all at once, before the first request.
    /// A failure is logged, and the request that needs the secret tries again.
    pub async fn warm_up(&self, secrets: &[&str]) {
        let (store, read) = tokio::join!(self.store.ping(), self.secrets.read(secrets));
        if let Err(error) = store {
            tracing::error!(error = chain(&error), "the store could not be reached at start");
        }
        if let Err(error) = read {
            tracing::error!(error = chain(&error), "a secret could not be read at start");
        }
    }
}

impl Parts {
    /// Seals what waits.
    pub async fn sealer(&self) -> Result<Arc<Sealer>, Fault> {
        self.sealing.get().await
    }

    /// The keys of lookups and tags.
    pub async fn macs(&self) -> Result<Arc<Macs>, Fault> {
        self.macs.get().await
    }
}
