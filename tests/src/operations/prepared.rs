//! Applications in which an operation is about to succeed.
//!
//! What must have happened before is brought about once in a process and copied from then on: it hashes passwords and
//! sends mails, and many tests ask for every operation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{Facts, Operation, Ready, State, Variation, operation};
use crate::app::TestApp;
use crate::copy::Saved;
use crate::providers::BACK;

/// The variables under which every operation can succeed, and often.
pub const EVERYTHING: &[(&str, &str)] = &[
    ("RATE_FACTOR", "10000"),
    ("EMAIL_CODE_SIGN_IN", "on"),
    ("CHANGE_PASSWORD_URL", "https://app.example.com/password"),
    ("OAUTH_REDIRECTS", BACK),
];

/// An operation, and one of its variations or nothing.
type Name = (&'static str, &'static str);

/// What was brought about so far.
static SAVED: Mutex<BTreeMap<Name, Arc<(Saved, Facts)>>> = Mutex::new(BTreeMap::new());

impl TestApp {
    /// An application in which an operation is about to succeed, and the request for it.
    pub async fn ready_for(id: &str) -> (Self, Ready) {
        let operation = operation(id);
        let (app, facts) = Self::reached((operation.id, ""), operation.on).await;
        (app, operation.request(&facts))
    }

    /// An application in which a variation of an operation is about to be asked for, and the request for it.
    pub async fn ready_to_vary(operation: &Operation, variation: &Variation) -> (Self, Ready) {
        let (name, state) = match variation.on {
            Some(state) => ((operation.id, variation.what), state),
            None => ((operation.id, ""), operation.on),
        };
        let (app, facts) = Self::reached(name, state).await;
        (app, operation.vary(variation, &facts))
    }

    async fn reached(name: Name, state: State) -> (Self, Facts) {
        let known = SAVED.lock().unwrap().get(&name).cloned();
        let saved = if let Some(saved) = known {
            saved
        } else {
            let app = Self::with_config(EVERYTHING);
            let facts = state(&app).await;
            app.run_workers().await;
            let saved = Arc::new((app.save(), facts));
            SAVED.lock().unwrap().insert(name, Arc::clone(&saved));
            saved
        };
        (Self::restored(&saved.0), saved.1.clone())
    }
}
