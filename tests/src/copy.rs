//! Copies of an application, for tests that go on from one state in many ways.

use std::collections::BTreeMap;

use latchkey_kernel::clock::Timestamp;
use latchkey_local::ses::{Catcher, Mail};
use serde_json::Value;

use crate::app::TestApp;
use crate::bucket::Shelf;
use crate::providers::Play;
use crate::vault::Vault;

/// Everything that an application holds between two requests.
pub(crate) struct Saved {
    changes: Vec<(String, String)>,
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

impl TestApp {
    /// An application of its own in the same state: rows, mails, files, secrets, time. The stream of the copy begins anew.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::restored(&self.save())
    }

    /// What it holds now.
    pub(crate) fn save(&self) -> Saved {
        Saved {
            changes: self.changes.clone(),
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

    /// An application that holds this, and whose environments hold nothing yet.
    pub(crate) fn restored(saved: &Saved) -> Self {
        let changes: Vec<_> = saved.changes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut app = Self::not_started(&changes);
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
