//! Secrets Manager, as far as the product asks it: secrets that tests can replace, and that fail when told to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

use latchkey_identity::sessions::SigningMaterial;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::secret::{MacsMaterial, Pepper, SealingMaterial};
use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::{FUNCTION, Reply};
use crate::entropy::Seeded;

/// What the names of the secrets begin with.
pub(crate) const PREFIX: &str = "latchkey";

/// The secrets of one test. Clones share them.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    values: Mutex<BTreeMap<String, String>>,
    reads: Mutex<Vec<(&'static str, String)>>,
    stalled: Mutex<bool>,
}

/// Keys take long to make, and no test needs its own.
fn fresh() -> &'static BTreeMap<String, String> {
    static FRESH: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    FRESH.get_or_init(|| {
        let entropy = Entropy::from_source(Seeded::new(7));
        let now = Timestamp::from_millisecond(0).unwrap();
        let signing = SigningMaterial::generate(now).unwrap();
        BTreeMap::from([
            ("macs".to_owned(), text(&MacsMaterial::generate(&entropy, now))),
            ("pepper".to_owned(), text(&Pepper::generate(&entropy, now))),
            ("sealing".to_owned(), text(&SealingMaterial::generate(&entropy, now))),
            ("signing".to_owned(), text(&signing)),
            ("verifying".to_owned(), text(&signing.key_set())),
        ])
    })
}

fn text(secret: &impl Serialize) -> String {
    serde_json::to_string(secret).unwrap()
}

impl Vault {
    /// Secrets as every test has them at its start.
    #[expect(clippy::new_without_default, reason = "secrets are never made by accident")]
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            values: Mutex::new(fresh().clone()),
            reads: Mutex::default(),
            stalled: Mutex::default(),
        }))
    }

    /// Secrets of their own with the same contents.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        copy.take_over(self);
        copy
    }

    /// Has the contents of others from now on.
    pub(crate) fn take_over(&self, others: &Self) {
        let values = others.0.values.lock().unwrap().clone();
        *self.0.values.lock().unwrap() = values;
    }

    /// Every secret, by its name.
    pub fn all(&self) -> BTreeMap<String, String> {
        self.0.values.lock().unwrap().clone()
    }

    /// A secret's content.
    pub fn get<T: serde::de::DeserializeOwned>(&self, name: &str) -> T {
        serde_json::from_str(&self.0.values.lock().unwrap()[name]).unwrap()
    }

    /// Replaces a secret's content.
    pub fn put(&self, name: &str, secret: &impl Serialize) {
        self.0.values.lock().unwrap().insert(name.to_owned(), text(secret));
    }

    /// Takes a secret's content away.
    pub fn empty(&self, name: &str) {
        self.0.values.lock().unwrap().remove(name);
    }

    /// From now on every request fails, or none.
    pub fn stall(&self, stalled: bool) {
        *self.0.stalled.lock().unwrap() = stalled;
    }

    /// How often a secret was asked for.
    pub fn reads_of(&self, name: &str) -> usize {
        self.0.reads.lock().unwrap().iter().filter(|(_, read)| read == name).count()
    }

    /// Which function asked for which secrets.
    pub fn reads(&self) -> BTreeMap<&'static str, BTreeSet<String>> {
        let mut reads: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (function, name) in self.0.reads.lock().unwrap().iter() {
            reads.entry(*function).or_default().insert(name.clone());
        }
        reads
    }

    pub(crate) fn call(&self, operation: &str, body: &[u8]) -> Reply {
        let request: Value = serde_json::from_slice(body).unwrap();
        let id = request["SecretId"].as_str().unwrap();
        let name = id.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('/')).expect("the name has the prefix");
        let function = FUNCTION.try_with(|function| *function).unwrap_or("none");
        if operation == "PutSecretValue" {
            assert_eq!(function, "none", "only the command line writes secrets");
            let value = request["SecretString"].as_str().unwrap().to_owned();
            self.0.values.lock().unwrap().insert(name.to_owned(), value);
            return Reply::Answer(200, json!({ "Name": id }).to_string());
        }
        assert_eq!(operation, "GetSecretValue", "what else is there to do with a secret?");
        self.0.reads.lock().unwrap().push((function, name.to_owned()));
        if *self.0.stalled.lock().unwrap() {
            return Reply::NoConnection;
        }
        match self.0.values.lock().unwrap().get(name) {
            Some(value) => Reply::Answer(200, json!({ "Name": id, "SecretString": value }).to_string()),
            None => Reply::Answer(400, json!({ "__type": "ResourceNotFoundException" }).to_string()),
        }
    }
}
