//! Applications in which an operation is about to succeed.
//!
//! What must have happened before is brought about once in a process and copied from then on: it hashes passwords and
//! sends mails, and many tests ask for every operation.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
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

/// Something that happens besides, after a state is reached.
pub type Besides = for<'a> fn(&'a TestApp) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Where the code of a state lies, and of what happened besides. At one address lies one piece of code, which brings about
/// one state.
type Address = (usize, usize);

/// What was brought about so far. Most operations share their state with others.
static SAVED: Mutex<BTreeMap<Address, Arc<(Saved, Facts)>>> = Mutex::new(BTreeMap::new());

impl TestApp {
    /// An application in which an operation is about to succeed, and the request for it.
    pub async fn ready_for(id: &str) -> (Self, Ready) {
        let operation = operation(id);
        let (app, facts) = Self::reached(operation.on, None).await;
        (app, operation.request(&facts))
    }

    /// An application in which an operation is about to succeed, after `besides` has happened as well, and the request for it.
    pub async fn ready_after(id: &str, besides: Besides) -> (Self, Ready) {
        let operation = operation(id);
        let (app, facts) = Self::reached(operation.on, Some(besides)).await;
        (app, operation.request(&facts))
    }

    /// An application in which a variation of an operation is about to be asked for, and the request for it.
    pub async fn ready_to_vary(operation: &Operation, variation: &Variation) -> (Self, Ready) {
        let (app, facts) = Self::reached(variation.on.unwrap_or(operation.on), None).await;
        (app, operation.vary(variation, &facts))
    }

    async fn reached(state: State, besides: Option<Besides>) -> (Self, Facts) {
        let address = (state as usize, besides.map_or(0, |besides| besides as usize));
        let known = SAVED.lock().unwrap().get(&address).cloned();
        let saved = if let Some(saved) = known {
            saved
        } else {
            let app = Self::with_config(EVERYTHING);
            let facts = state(&app).await;
            if let Some(besides) = besides {
                besides(&app).await;
            }
            app.run_workers().await;
            let saved = Arc::new((app.save(), facts));
            SAVED.lock().unwrap().insert(address, Arc::clone(&saved));
            saved
        };
        (Self::restored(&saved.0), saved.1.clone())
    }
}
