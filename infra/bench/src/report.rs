//! Everything that was measured: what goes into `benchmarks.json`, and from what the tables are made.

use std::path::Path;

use serde::Serialize;

use crate::cold::ColdStart;
use crate::cost::Cost;
use crate::export::Export;
use crate::growth::Size;
use crate::load::{Load, Loads};
use crate::machine::Machine;
use crate::targets::{Target, judge};
use crate::{Failure, markdown, prices};

/// The figures of one run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measured {
    pub(crate) machine: Machine,
    pub(crate) starts: usize,
    pub(crate) cold: Vec<ColdStart>,
    pub(crate) load: Loads,
    pub(crate) prices: &'static str,
    pub(crate) cost: Vec<Cost>,
    pub(crate) growth: Vec<Size>,
    pub(crate) export: Export,
}

/// The figures and what they are held against.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub(crate) targets: Vec<Target>,
    #[serde(flatten)]
    pub(crate) measured: Measured,
}

impl Measured {
    /// The cold start of a function.
    pub(crate) fn cold(&self, function: &str) -> Option<&ColdStart> {
        self.cold.iter().find(|cold| cold.function == function)
    }

    /// A load at a concurrency.
    pub(crate) fn load(&self, what: &str, concurrency: usize) -> Option<&Load> {
        self.load.loads.iter().find(|load| load.what == what && load.concurrency == concurrency)
    }
}

impl Report {
    /// The report of a run.
    pub(crate) fn of(mut measured: Measured) -> Result<Self, Failure> {
        measured.machine.finish()?;
        measured.prices = prices::STATED;
        Ok(Self { targets: judge(&measured), measured })
    }

    /// Writes `benchmarks.json` and `benchmarks.md`.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let mut json = rounded(serde_json::to_value(self)?);
        json.sort_all_objects();
        std::fs::write(folder.join("benchmarks.json"), format!("{json:#}\n"))?;
        Ok(std::fs::write(folder.join("benchmarks.md"), markdown::page(self))?)
    }
}

/// Times are not known to more than four places.
fn rounded(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Array(values) => values.into_iter().map(rounded).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, rounded(value))).collect(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(Value::Null, |number| Value::from((number * 1e4).round() / 1e4))
        }
        other => other,
    }
}
