//! Applications in which an operation is about to succeed.
//!
//! What must have happened before is brought about once in a process and copied from then on: it hashes passwords and
//! sends mails, and many tests ask for every operation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use latchkey_kernel::clock::Timestamp;
use latchkey_local::ses::{Catcher, Mail};
use serde_json::Value;

use super::{Facts, Operation, Ready, State, Variation, operation};
use crate::app::TestApp;
use crate::bucket::Shelf;
use crate::providers::{BACK, Play};
use crate::vault::Vault;

/// The variables under which every operation can succeed, and often.
pub const EVERYTHING: &[(&str, &str)] = &[
    ("RATE_FACTOR", "10000"),
    ("EMAIL_CODE_SIGN_IN", "on"),
    ("CHANGE_PASSWORD_URL", "https://app.example.com/password"),
    ("OAUTH_REDIRECTS", BACK),
];

/// Everything that an application holds between two requests.
struct Saved {
    facts: Facts,
    items: Vec<(&'static str, Vec<Value>)>,
    mails: Vec<Mail>,
    now: Timestamp,
    shelf: Shelf,
    providers: Play,
    vault: Vault,
    devices: BTreeMap<String, String>,
    flows: BTreeMap<(&'static str, String), String>,
    issued: Vec<String>,
}

/// What was brought about so far, by operation and variation.
static SAVED: Mutex<BTreeMap<(&str, &str), Arc<Saved>>> = Mutex::new(BTreeMap::new());

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

    async fn reached(name: (&'static str, &'static str), state: State) -> (Self, Facts) {
        let known = SAVED.lock().unwrap().get(&name).cloned();
        let saved = match known {
            Some(saved) => saved,
            None => {
                let app = Self::with_config(EVERYTHING);
                let facts = state(&app).await;
                app.run_workers().await;
                let saved = Arc::new(app.save(facts));
                SAVED.lock().unwrap().insert(name, Arc::clone(&saved));
                saved
            }
        };
        (Self::restored(&saved), saved.facts.clone())
    }

    fn save(&self, facts: Facts) -> Saved {
        Saved {
            facts,
            items: ["MainTable", "EphemeralTable"].map(|table| (table, self.engine.scan(table))).into(),
            mails: self.inbox.mails(None).into_iter().rev().collect(),
            now: self.now(),
            shelf: self.shelf.copy(),
            providers: self.providers.copy(),
            vault: self.vault.copy(),
            devices: self.devices.lock().unwrap().clone(),
            flows: self.flows.lock().unwrap().clone(),
            issued: self.issued.all(),
        }
    }

    fn restored(saved: &Saved) -> Self {
        let mut app = Self::with_config(EVERYTHING);
        for (table, items) in &saved.items {
            app.engine.import(table, items);
        }
        *app.clock.lock().unwrap() = saved.now;
        app.inbox = Catcher::holding(saved.mails.clone());
        app.shelf = saved.shelf.copy();
        app.providers.take_over(&saved.providers);
        app.vault.take_over(&saved.vault);
        *app.devices.get_mut().unwrap() = saved.devices.clone();
        *app.flows.get_mut().unwrap() = saved.flows.clone();
        app.issued.extend(saved.issued.iter().cloned());
        app.restart();
        app
    }
}
