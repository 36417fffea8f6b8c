//! `AWS::DynamoDB::Table`, as the request that creates it.

use dynoxide::actions::create_table::CreateTableRequest;
use serde_json::{Value, json};

use super::{Resources, TemplateError, at};

/// Properties that `CreateTable` takes under the same name. The others have calls of their own (TTL) or mean nothing
/// on one machine (backups).
const PASSED_ON: [&str; 6] = [
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
];

/// A DynamoDB table of the template.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name on this machine: `TableName`, else the logical id.
    pub name: String,
    /// The attribute that TTL reads (seconds since 1970), when TTL is on.
    pub ttl_attribute: Option<String>,
    /// Whether it has a stream.
    pub has_stream: bool,
    request: Value,
}

impl Table {
    /// The request that creates it, as the in-process engine takes it.
    pub fn create_request(&self) -> Result<CreateTableRequest, TemplateError> {
        serde_json::from_value(self.request.clone()).map_err(|error| at(&self.name, error.to_string()))
    }

    /// The same request as JSON, as DynamoDB's API takes it.
    pub fn create_request_json(&self) -> &Value {
        &self.request
    }
}

pub(super) fn read(resources: &Resources) -> Result<Vec<Table>, TemplateError> {
    resources
        .of_kind("AWS::DynamoDB::Table")
        .map(|(id, properties)| {
            let name = properties.get("TableName").and_then(Value::as_str).unwrap_or(id).to_owned();
            let ttl = properties.get("TimeToLiveSpecification").unwrap_or(&Value::Null);
            let ttl_attribute = (ttl.get("Enabled") == Some(&Value::Bool(true)))
                .then(|| ttl.get("AttributeName").and_then(Value::as_str).map(str::to_owned))
                .flatten();
            let mut request = json!({ "TableName": name });
            for property in PASSED_ON {
                if let Some(value) = properties.get(property) {
                    insert(&mut request, property, value.clone());
                }
            }
            // CloudFormation has no StreamEnabled: to name a view type is to turn the stream on.
            let stream = properties.get("StreamSpecification").and_then(|stream| stream.get("StreamViewType"));
            if let Some(view) = stream {
                insert(&mut request, "StreamSpecification", json!({ "StreamEnabled": true, "StreamViewType": view }));
            }
            let table = Table { name, ttl_attribute, has_stream: stream.is_some(), request };
            // The engine's own checks run now, so that a wrong schema is told when the template is read.
            table.create_request().map_err(|error| at(id, error.to_string()))?;
            Ok(table)
        })
        .collect()
}

fn insert(request: &mut Value, property: &str, value: Value) {
    if let Some(object) = request.as_object_mut() {
        object.insert(property.to_owned(), value);
    }
}
