//! `AWS::Serverless::Function`: which binary it is and the environment it starts with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Resources, TemplateError, at, typed};

pub(super) const KIND: &str = "AWS::Serverless::Function";

/// A Lambda function of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name in the template, such as `AuthFunction`.
    pub logical_id: String,
    /// The Cargo binary: the last segment of `CodeUri`.
    pub bin: String,
    /// Global and own variables, resolved for this machine.
    pub environment: BTreeMap<String, String>,
    /// Seconds after which Lambda ends an invocation.
    pub timeout_seconds: u64,
    /// Its memory, by which Lambda also measures out processor time.
    pub memory_mb: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Properties {
    code_uri: Option<String>,
    environment: Environment,
    timeout: Option<u64>,
    memory_size: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Environment {
    variables: BTreeMap<String, Value>,
}

pub(super) fn read(resources: &Resources) -> Result<Vec<Function>, TemplateError> {
    let globals: Properties = match &resources.global_function {
        Value::Null => Properties::default(),
        declared => typed("Globals", declared)?,
    };
    resources
        .of_kind(KIND)
        .map(|(id, properties)| {
            let own: Properties = typed(id, properties)?;
            let bin = own
                .code_uri
                .as_deref()
                .and_then(|uri| uri.trim_end_matches('/').rsplit('/').next())
                .filter(|bin| !bin.is_empty())
                .ok_or_else(|| at(id, "CodeUri does not end in a binary's name"))?;
            let variables = globals.environment.variables.iter().chain(&own.environment.variables);
            Ok(Function {
                logical_id: id.to_owned(),
                bin: bin.to_owned(),
                environment: variables.map(|(name, value)| (name.clone(), text(value))).collect(),
                // Lambda's own default.
                timeout_seconds: own.timeout.or(globals.timeout).unwrap_or(3),
                memory_mb: own.memory_size.or(globals.memory_size).unwrap_or(128),
            })
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The binary behind a reference such as `AuthFunction.Arn`.
pub(super) fn bin_of(functions: &[Function], reference: &str) -> Option<String> {
    let id = reference.split('.').next()?;
    functions.iter().find(|function| function.logical_id == id).map(|function| function.bin.clone())
}
