//! What a request to the tables concerns: the permissions that it needs, the partitions, the units.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::FUNCTION;

/// One request that the SDK made.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function that made it.
    pub function: &'static str,
    /// What its policy must allow for it: actions with the table or index that they concern.
    pub permissions: BTreeSet<(&'static str, String)>,
    /// The partitions of a table that it concerns, each with the action: what `dynamodb:LeadingKeys` is compared with.
    pub partitions: BTreeSet<(&'static str, String, String)>,
    /// The operation, such as `GetItem`.
    pub operation: String,
    /// The items it names: one, or as many as the batch or transaction has.
    pub items: usize,
    /// Whether everything it reads is read consistently.
    pub consistent: bool,
    /// The read units it consumed.
    pub read_units: f64,
    /// The write units it consumed.
    pub write_units: f64,
    /// The partition keys it names, for tests that look for a certain item.
    pub keys: Vec<String>,
}

impl Call {
    /// What a request concerned that was answered so.
    pub(super) fn of(operation: &str, request: &Value, answer: &Value) -> Self {
        let units = consumed(&answer["ConsumedCapacity"]);
        let is_read = matches!(operation, "GetItem" | "Query" | "BatchGetItem" | "Scan");
        let keys = partition_keys(request);
        let consistent = match operation {
            "BatchGetItem" => request["RequestItems"]
                .as_object()
                .is_some_and(|tables| tables.values().all(|keys| keys["ConsistentRead"] == json!(true))),
            _ => request["ConsistentRead"] == json!(true),
        };
        Self {
            function: FUNCTION.try_with(|function| *function).unwrap_or("none"),
            permissions: permissions(operation, request),
            partitions: partitions(operation, request),
            operation: operation.to_owned(),
            items: keys.len().max(1),
            consistent,
            read_units: if is_read { units } else { 0.0 },
            write_units: if is_read { 0.0 } else { units },
            keys,
        }
    }

    /// Whether it only reads.
    pub fn is_read(&self) -> bool {
        matches!(self.operation.as_str(), "GetItem" | "Query" | "BatchGetItem")
    }

    /// Whether it counts against a rate limit.
    pub fn is_limiters(&self) -> bool {
        self.keys.iter().any(|key| key.starts_with("RATE#"))
    }

    /// Of these calls, those that are no limiter's updates, sorted, as `GetItem x1`; and the number of the others.
    pub fn without_limiters(calls: Vec<Self>) -> (Vec<String>, usize) {
        let (limiters, rest): (Vec<_>, Vec<_>) = calls.into_iter().partition(Self::is_limiters);
        let mut rest: Vec<_> = rest.iter().map(|call| format!("{} x{}", call.operation, call.items)).collect();
        rest.sort_unstable();
        (rest, limiters.len())
    }
}

/// Consumed units, in all.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Units {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

/// What AWS asks a policy for: a transaction needs the permissions of its steps.
fn permissions(operation: &str, request: &Value) -> BTreeSet<(&'static str, String)> {
    let named = |action, request: &Value| (action, request["TableName"].as_str().unwrap_or_default().to_owned());
    match operation {
        "BatchGetItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| ("dynamodb:BatchGetItem", table.clone())).collect()
        }
        "TransactWriteItems" => {
            let steps =
                request["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            let steps = steps.map(|(kind, step)| match kind.as_str() {
                "Put" => named("dynamodb:PutItem", step),
                "Update" => named("dynamodb:UpdateItem", step),
                "Delete" => named("dynamodb:DeleteItem", step),
                other => panic!("the product makes no {other} steps"),
            });
            steps.collect()
        }
        "Query" => {
            let table = request["TableName"].as_str().unwrap_or_default();
            let index = request["IndexName"].as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
            BTreeSet::from([("dynamodb:Query", format!("{table}{index}"))])
        }
        "Scan" => {
            assert!(FUNCTION.try_with(|_| ()).is_err(), "no function reads a whole table");
            BTreeSet::new()
        }
        "GetItem" => BTreeSet::from([named("dynamodb:GetItem", request)]),
        "PutItem" => BTreeSet::from([named("dynamodb:PutItem", request)]),
        "UpdateItem" => BTreeSet::from([named("dynamodb:UpdateItem", request)]),
        "DeleteItem" => BTreeSet::from([named("dynamodb:DeleteItem", request)]),
        other => panic!("the product makes no {other} requests"),
    }
}

/// The partitions of tables that a request concerns, each with its action. Those of an index are another matter.
fn partitions(operation: &str, request: &Value) -> BTreeSet<(&'static str, String, String)> {
    let one = |operation: &str, request: &Value| -> BTreeSet<(&'static str, String, String)> {
        let keys = match operation {
            "Query" => vec![request["ExpressionAttributeValues"][":0"]["S"].as_str().unwrap_or_default().to_owned()],
            _ => partition_keys(request),
        };
        let actions = permissions(operation, request);
        let of_table = actions.into_iter().filter(|(_, resource)| !resource.contains('/'));
        of_table
            .flat_map(|(action, table)| keys.clone().into_iter().map(move |key| (action, table.clone(), key)))
            .collect()
    };
    match operation {
        "BatchGetItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            tables.flat_map(|(table, keys)| one(operation, &json!({ "RequestItems": { table: keys } }))).collect()
        }
        "TransactWriteItems" => {
            let steps = request["TransactItems"].as_array().into_iter().flatten();
            steps.flat_map(|step| one(operation, &json!({ "TransactItems": [step] }))).collect()
        }
        _ => one(operation, request),
    }
}

/// Whatever a test does, the product writes lines of the audit log that were not there, and queries them. A put alone
/// could replace a line, which no policy can tell from adding one. Who erases people also takes lines away.
pub(super) fn only_adds_to_the_audit_log(operation: &str, request: &Value) {
    let erases = FUNCTION.try_with(|function| *function == "exporter").unwrap_or(false);
    let steps = match operation {
        "Query" | "Scan" => Vec::new(),
        "TransactWriteItems" => request["TransactItems"].as_array().into_iter().flatten().collect(),
        _ => vec![request],
    };
    for step in steps {
        let put = if operation == "PutItem" { Some(step) } else { step.get("Put") };
        let adds = put.is_some_and(|put| {
            put["ConditionExpression"].as_str().is_some_and(|condition| condition.starts_with("attribute_not_exists"))
        });
        let concerns_it = partition_keys(step).iter().any(|key| key.starts_with("AUDIT#"));
        let takes = erases && (operation == "DeleteItem" || step.get("Delete").is_some());
        assert!(!concerns_it || adds || takes, "{operation} does more to the audit log than adding a line: {step}");
    }
}

fn consumed(capacity: &Value) -> f64 {
    match capacity {
        Value::Array(tables) => tables.iter().map(consumed).sum(),
        one => one["CapacityUnits"].as_f64().unwrap_or_default(),
    }
}

/// The partition keys that a request names, wherever they stand in it.
fn partition_keys(request: &Value) -> Vec<String> {
    match request {
        Value::Object(fields) => {
            let own = fields.get("pk").and_then(|key| key["S"].as_str()).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(partition_keys)).collect()
        }
        Value::Array(items) => items.iter().flat_map(partition_keys).collect(),
        _ => Vec::new(),
    }
}
