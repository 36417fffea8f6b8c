//! An event: something that happened to an account, as the domain that it happened in describes it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{EventName, Factor, Outcome};
use latchkey_kernel::telemetry::EventKind;

/// Something that happened to an account. Each domain has one function for each event in its `events.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    kind: &'static EventKind,
    factor: Option<Factor>,
    outcome: Outcome,
    details: Map<String, Value>,
}

impl Event {
    /// A successful event of this kind, with no factor shown and no details.
    pub fn of(kind: &'static EventKind) -> Self {
        Self { kind, factor: None, outcome: Outcome::Success, details: Map::new() }
    }

    /// The factor that was shown, where the event is about showing one.
    #[must_use]
    pub fn shown(self, factor: impl Into<Option<Factor>>) -> Self {
        Self { factor: factor.into(), ..self }
    }

    /// How the attempt ended.
    #[must_use]
    pub fn ended(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// A detail, under this name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.details.insert(name.to_owned(), json!(value));
        self
    }

    /// What was changed.
    #[must_use]
    pub fn changing(self, changes: Changes) -> Self {
        self.with("changes", changes.told).with("fields", changes.fields)
    }

    /// Its kind.
    pub fn kind(&self) -> &'static EventKind {
        self.kind
    }

    /// The stable name.
    pub fn name(&self) -> EventName {
        EventName::of(self.kind)
    }

    /// The factor that was shown.
    pub(super) fn factor(&self) -> Option<Factor> {
        self.factor
    }

    /// How the attempt ended.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The details, as the row stores them.
    pub(super) fn details(self) -> Value {
        Value::Object(self.details)
    }
}

/// What a user changed. The log is kept longer than what it records, so it has the values of what was agreed to and of what
/// is public anyway; of everything else (a telephone number, a bank account) the name of the field is enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    told: Map<String, Value>,
    fields: Vec<&'static str>,
}

impl Changes {
    /// A field changed from one value, which the log keeps, to another.
    pub fn tell(&mut self, field: &str, old: impl Into<Value>, new: impl Into<Value>) {
        self.told.insert(field.to_owned(), json!({ "old": old.into(), "new": new.into() }));
    }

    /// A field changed; the log keeps that alone.
    pub fn name(&mut self, field: &'static str) {
        self.fields.push(field);
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty() && self.fields.is_empty()
    }
}
