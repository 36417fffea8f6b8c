//! Where the tables are: in this process, which is fast, or at an endpoint that an operator names, such as AWS's own
//! DynamoDB Local, which is the judge of what DynamoDB does.

use std::env;

use dynoxide::{Database, ImportOptions};
use latchkey_local::dynamodb::{self, Answer};
use latchkey_local::streams::records_after;
use serde_json::{Value, json};

use super::endpoint::Endpoint;

/// The variable that names an endpoint, such as `http://localhost:8000`.
const ENDPOINT: &str = "DYNAMODB_TEST_ENDPOINT";

/// The template's tables, empty at first.
pub(super) enum Tables {
    InProcess(Database),
    At(Endpoint),
}

impl Tables {
    pub(super) fn new() -> Self {
        let tables = &crate::template().tables;
        if let Some(url) = env::var(ENDPOINT).ok().filter(|url| !url.is_empty()) {
            return Self::At(Endpoint::with(tables, &url));
        }
        let database = Database::memory().unwrap();
        for table in tables {
            database.create_table(table.create_request().unwrap()).unwrap();
        }
        Self::InProcess(database)
    }

    /// Carries an operation out.
    pub(super) fn answer(&self, operation: &str, request: Value) -> Answer {
        match self {
            Self::InProcess(database) => dynamodb::answer(database, operation, request),
            Self::At(endpoint) => endpoint.answer(operation, request),
        }
    }

    /// The same for what cannot fail.
    pub(super) fn done(&self, operation: &str, request: Value) -> Value {
        let Answer { status, body } = self.answer(operation, request);
        assert_eq!(status, 200, "{operation}: {body}");
        body
    }

    /// Every item of a table.
    pub(super) fn scan(&self, table: &str) -> Vec<Value> {
        let (mut items, mut request) = (Vec::new(), json!({ "TableName": table, "ConsistentRead": true }));
        loop {
            let mut page = self.done("Scan", request.clone());
            items.extend(page["Items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            match page["LastEvaluatedKey"].take() {
                Value::Null => return items,
                last => request["ExclusiveStartKey"] = last,
            }
        }
    }

    /// Puts items into a table, of which its stream tells nothing.
    pub(super) fn import(&self, table: &str, items: &[Value]) {
        match self {
            Self::InProcess(database) => {
                let items = items.iter().map(|item| serde_json::from_value(item.clone()).unwrap()).collect();
                database.import_items(table, items, ImportOptions::default()).unwrap();
            }
            Self::At(endpoint) => endpoint.import(table, items),
        }
    }

    /// The stream's records after a sequence number, as Lambda's events carry them.
    pub(super) fn records_after(&self, table: &str, after: Option<&str>) -> Vec<Value> {
        match self {
            Self::InProcess(database) => records_after(database, table, after, 1000).unwrap(),
            Self::At(endpoint) => endpoint.records_after(table, after),
        }
    }
}
