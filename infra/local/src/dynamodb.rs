//! DynamoDB's API in front of the in-process engine: the operations that the product and its operators use.
//!
//! Plain functions without a socket, so that tests hand the SDK's requests straight to it. The engine's own server is
//! not used: it answers pages of any website.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What the `X-Amz-Target` header begins with.
pub const TARGET_PREFIX: &str = "DynamoDB_20120810.";

/// An answer of the service.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON; an error names itself in `__type`.
    pub body: Value,
}

/// Carries one operation out.
pub fn answer(database: &Database, operation: &str, request: Value) -> Answer {
    match dispatch(database, operation, request) {
        Ok(body) => Answer { status: 200, body },
        Err(error) => {
            Answer { status: error.status_code(), body: serde_json::from_str(&error.to_json()).unwrap_or_default() }
        }
    }
}

fn dispatch(database: &Database, operation: &str, request: Value) -> Result<Value, DynoxideError> {
    match operation {
        "BatchGetItem" => run(request, |request| database.batch_get_item(request)),
        "BatchWriteItem" => run(request, |request| database.batch_write_item(request)),
        "DeleteItem" => run(request, |request| database.delete_item(request)),
        "DescribeTable" => run(request, |request| database.describe_table(request)),
        "DescribeTimeToLive" => run(request, |request| database.describe_time_to_live(request)),
        "GetItem" => run(request, |request| database.get_item(request)),
        "ListTables" => run(request, |request| database.list_tables(request)),
        "PutItem" => run(request, |request| database.put_item(request)),
        "Query" => run(request, |request| database.query(request)),
        "Scan" => run(request, |request| database.scan(request)),
        "TransactGetItems" => run(request, |request| database.transact_get_items(request)),
        "TransactWriteItems" => run(request, |request| database.transact_write_items(request)),
        "UpdateItem" => run(request, |request| database.update_item(request)),
        other => Err(DynoxideError::ValidationException(format!("the local cloud does not offer {other}"))),
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    request: Value,
    act: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<Value, DynoxideError> {
    let request =
        serde_json::from_value(request).map_err(|error| DynoxideError::ValidationException(error.to_string()))?;
    let answer = act(request)?;
    serde_json::to_value(answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
