//! The SAM template as a typed model: what the local cloud runs and what the tests build their world from.
//!
//! Intrinsic functions are resolved for one machine: a parameter is its default (or an override), a reference to a
//! resource is its logical id, an attribute is `LogicalId.Attribute`. A table's name is therefore its logical id.
//! Every error names the resource it was found in, since a template is long and its line numbers are gone by then.

mod buckets;
mod functions;
mod http_api;
mod intrinsics;
mod mappings;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

pub use functions::Function;
pub use http_api::{Cors, Route};
pub use mappings::{Schedule, StreamMapping};
pub use tables::Table;

use intrinsics::Scope;

/// Parameter values that replace the template's defaults, by parameter name.
pub type Overrides = BTreeMap<String, String>;

/// Everything of the template that runs on one machine.
#[derive(Debug, Clone)]
pub struct Template {
    /// The Lambda functions, in the order of their logical ids.
    pub functions: Vec<Function>,
    /// The DynamoDB tables.
    pub tables: Vec<Table>,
    /// The S3 buckets, by name.
    pub buckets: Vec<String>,
    /// The routes of the HTTP API.
    pub routes: Vec<Route>,
    /// The functions that read a table's stream.
    pub streams: Vec<StreamMapping>,
    /// The functions that EventBridge Scheduler invokes.
    pub schedules: Vec<Schedule>,
    /// CORS of the HTTP API; without it preflights reach the functions.
    pub cors: Option<Cors>,
}

/// Why a template cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("cannot read the template {path}: {source}")]
    Unreadable {
        /// The file that was asked for.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The text is not YAML, or not a template.
    #[error("the template is not readable: {0}")]
    Malformed(String),
    /// One resource (or parameter, or condition) says something that cannot be run.
    #[error("{resource}: {problem}")]
    Resource {
        /// The logical id.
        resource: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Template {
    /// Reads a template file, with the defaults of its parameters.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, TemplateError> {
        Self::read_with(path, &Overrides::new())
    }

    /// Reads a template file, with some parameters given.
    pub fn read_with(path: impl AsRef<Path>, overrides: &Overrides) -> Result<Self, TemplateError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::Unreadable { path: path.display().to_string(), source })?;
        Self::parse_with(&text, overrides)
    }

    /// Parses a template's text, with the defaults of its parameters.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Self::parse_with(text, &Overrides::new())
    }

    /// Parses a template's text, with some parameters given.
    pub fn parse_with(text: &str, overrides: &Overrides) -> Result<Self, TemplateError> {
        let document: yaml_serde::Value =
            yaml_serde::from_str(text).map_err(|error| TemplateError::Malformed(error.to_string()))?;
        let resources = Resources::resolve(&document, overrides)?;
        let functions = functions::read(&resources)?;
        Ok(Self {
            tables: tables::read(&resources)?,
            buckets: buckets::read(&resources),
            routes: http_api::routes(&resources, &functions)?,
            cors: http_api::cors(&resources)?,
            streams: mappings::streams(&resources, &functions)?,
            schedules: mappings::schedules(&resources, &functions)?,
            functions,
        })
    }

    /// The function with this binary.
    pub fn function(&self, bin: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.bin == bin)
    }
}

/// The resources with every intrinsic resolved, as plain JSON.
struct Resources {
    global_function: Value,
    by_id: BTreeMap<String, Resource>,
}

struct Resource {
    kind: String,
    properties: Value,
}

impl Resources {
    fn resolve(document: &yaml_serde::Value, overrides: &Overrides) -> Result<Self, TemplateError> {
        let scope = Scope::new(document, overrides)?;
        let global_function = match document.get("Globals").and_then(|globals| globals.get("Function")) {
            Some(value) => scope.resolve(value).map_err(|problem| at("Globals", problem))?.unwrap_or_default(),
            None => Value::Null,
        };
        let declared = document
            .get("Resources")
            .and_then(yaml_serde::Value::as_mapping)
            .ok_or_else(|| TemplateError::Malformed("it has no Resources".to_owned()))?;
        let mut by_id = BTreeMap::new();
        for (id, resource) in declared {
            let id = id.as_str().ok_or_else(|| TemplateError::Malformed("a logical id is not a string".to_owned()))?;
            if !scope.is_created(resource).map_err(|problem| at(id, problem))? {
                continue;
            }
            let kind = resource
                .get("Type")
                .and_then(yaml_serde::Value::as_str)
                .ok_or_else(|| at(id, "it has no Type"))?
                .to_owned();
            let properties = match resource.get("Properties") {
                Some(value) => scope.resolve(value).map_err(|problem| at(id, problem))?.unwrap_or_default(),
                None => Value::Null,
            };
            by_id.insert(id.to_owned(), Resource { kind, properties });
        }
        Ok(Self { global_function, by_id })
    }

    fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.by_id
            .iter()
            .filter(move |(_, resource)| resource.kind == kind)
            .map(|(id, resource)| (id.as_str(), &resource.properties))
    }

    fn get(&self, id: &str, kind: &str) -> Option<&Value> {
        self.by_id.get(id).filter(|resource| resource.kind == kind).map(|resource| &resource.properties)
    }
}

fn at(resource: &str, problem: impl Into<String>) -> TemplateError {
    TemplateError::Resource { resource: resource.to_owned(), problem: problem.into() }
}

/// Reads a resource's properties into the shape the caller declares, so that a wrong type is told by name.
fn typed<T: serde::de::DeserializeOwned>(id: &str, properties: &Value) -> Result<T, TemplateError> {
    serde_json::from_value(properties.clone()).map_err(|error| at(id, error.to_string()))
}

#[cfg(test)]
mod tests;
