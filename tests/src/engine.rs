//! The engine: an in-memory DynamoDB that counts what it is asked, and fails when told to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use dynoxide::{Database, ImportOptions};
use latchkey_local::dynamodb;
use serde_json::{Value, json};

use crate::entropy::Seeded;
use crate::faults::Fault;

tokio::task_local! {
    /// The function on whose behalf the SDK is called.
    pub(crate) static FUNCTION: &'static str;
}

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

/// The engine of one test. Clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    database: Database,
    calls: Mutex<Vec<Call>>,
    faults: Mutex<Vec<(String, usize, Fault)>>,
    struck: AtomicUsize,
    order: Seeded,
}

/// What came of a call.
pub(crate) enum Reply {
    Answer(u16, String),
    NoConnection,
    Never,
}

impl Engine {
    /// An engine with the template's tables.
    pub fn new(seed: u64) -> Self {
        let database = Database::memory().unwrap();
        for table in &crate::template().tables {
            database.create_table(table.create_request().unwrap()).unwrap();
        }
        Self(Arc::new(Inner {
            database,
            calls: Mutex::default(),
            faults: Mutex::default(),
            struck: AtomicUsize::new(0),
            order: Seeded::new(seed),
        }))
    }

    /// The database behind it.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// Takes an attribute away from an item of `MainTable`.
    pub fn remove_attribute(&self, pk: &str, sk: &str, attribute: &str) {
        let request = json!({
            "TableName": "MainTable",
            "Key": { "pk": { "S": pk }, "sk": { "S": sk } },
            "UpdateExpression": "REMOVE #0",
            "ExpressionAttributeNames": { "#0": attribute },
        });
        self.0.database.update_item(serde_json::from_value(request).unwrap()).unwrap();
    }

    /// Writes a text into an attribute of an item of `MainTable`.
    pub fn set_text(&self, pk: &str, sk: &str, attribute: &str, text: &str) {
        let request = json!({
            "TableName": "MainTable",
            "Key": { "pk": { "S": pk }, "sk": { "S": sk } },
            "UpdateExpression": "SET #0 = :0",
            "ExpressionAttributeNames": { "#0": attribute },
            "ExpressionAttributeValues": { ":0": { "S": text } },
        });
        self.0.database.update_item(serde_json::from_value(request).unwrap()).unwrap();
    }

    /// Writes an item as it was read, as a restore from a backup does.
    pub fn put(&self, table: &str, item: &Value) {
        let request = json!({ "TableName": table, "Item": item });
        self.0.database.put_item(serde_json::from_value(request).unwrap()).unwrap();
    }

    /// Puts many items into a table. The stream has no records of them.
    pub(crate) fn import(&self, table: &str, items: &[Value]) {
        let items = items.iter().map(|item| serde_json::from_value(item.clone()).unwrap()).collect();
        self.0.database.import_items(table, items, ImportOptions::default()).unwrap();
    }

    /// Makes the `nth` next call (0 is the next) of this operation fail. `*` is every operation.
    pub fn fail(&self, operation: &str, nth: usize, fault: Fault) {
        self.0.faults.lock().unwrap().push((operation.to_owned(), nth, fault));
    }

    /// Makes every further call fail.
    pub fn fail_always(&self, fault: Fault) {
        self.fail("*", usize::MAX, fault);
    }

    /// Makes the `nth` next call fail, and all that follow it in the same request: more than the SDK and we repeat. A
    /// request that needs the call fails for good.
    pub fn break_call(&self, nth: usize, fault: Fault) {
        for _ in 0..60 {
            self.fail("*", nth, fault);
        }
    }

    /// Nothing fails any more. Tells how many calls did since the last time: a test of what happens when one fails proves
    /// nothing where none was made to.
    pub fn heal(&self) -> usize {
        self.0.faults.lock().unwrap().clear();
        self.0.struck.swap(0, Ordering::Relaxed)
    }

    /// The calls since the last time this was asked.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.0.calls.lock().unwrap())
    }

    /// The same without the limiters' updates.
    pub fn take_calls_of_rules(&self) -> Vec<Call> {
        self.take_calls().into_iter().filter(|call| !call.is_limiters()).collect()
    }

    /// How often a call steps aside before it is made, so that races meet in many orders.
    pub(crate) fn steps_aside(&self) -> u64 {
        self.0.order.below(4)
    }

    pub(crate) fn random_below(&self, bound: u64) -> u64 {
        self.0.order.below(bound)
    }

    /// Every item of a table, as plain JSON (for looking at what is stored).
    pub fn scan(&self, table: &str) -> Vec<Value> {
        let request = serde_json::from_value(json!({ "TableName": table })).unwrap();
        let answer = serde_json::to_value(self.0.database.scan(request).unwrap()).unwrap();
        answer["Items"].as_array().cloned().unwrap_or_default()
    }

    /// Every item of both tables but for those of these kinds.
    pub fn items_but(&self, kinds: &[&str]) -> Vec<Value> {
        let all = self.scan("MainTable").into_iter().chain(self.scan("EphemeralTable"));
        all.filter(|item| !kinds.contains(&item["entity"]["S"].as_str().unwrap())).collect()
    }

    /// The same without counts of tries: a try is counted before the code is looked at.
    pub fn items_without_tries_but(&self, kinds: &[&str]) -> Vec<Value> {
        let mut items = self.items_but(kinds);
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.retain(|name, _| {
                !["code_tries", "link_tries", "tries"].contains(&name.as_str()) && !name.starts_with("tries_")
            });
        }
        items
    }

    pub(crate) fn call(&self, operation: &str, body: &[u8]) -> Reply {
        let mut request: Value = serde_json::from_slice(body).unwrap();
        only_adds_to_the_audit_log(operation, &request);
        let fault = self.take_fault(operation);
        if let Some((status, body)) = fault.and_then(Fault::answer) {
            self.record(operation, &request, &Value::Null);
            return Reply::Answer(status, body);
        }
        match fault {
            Some(Fault::Unreachable) => {
                self.record(operation, &request, &Value::Null);
                return Reply::NoConnection;
            }
            Some(Fault::Stalled) => {
                self.record(operation, &request, &Value::Null);
                return Reply::Never;
            }
            Some(Fault::Unprocessed) => {
                self.record(operation, &request, &Value::Null);
                let answer = json!({ "Responses": {}, "UnprocessedKeys": request["RequestItems"] });
                return Reply::Answer(200, answer.to_string());
            }
            _ => {}
        }
        request["ReturnConsumedCapacity"] = json!("TOTAL");
        let dynamodb::Answer { status, body: answer } = dynamodb::answer(&self.0.database, operation, request.clone());
        self.record(operation, &request, &answer);
        if fault == Some(Fault::LostAnswer) { Reply::NoConnection } else { Reply::Answer(status, answer.to_string()) }
    }

    fn take_fault(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.0.faults.lock().unwrap();
        let mut due = None;
        faults.retain_mut(|(name, nth, fault)| {
            if name != "*" && name != operation {
                return true;
            }
            match *nth {
                usize::MAX => due = due.or(Some(*fault)),
                0 if due.is_none() => {
                    due = Some(*fault);
                    return false;
                }
                0 => {}
                _ => *nth -= 1,
            }
            true
        });
        self.0.struck.fetch_add(usize::from(due.is_some()), Ordering::Relaxed);
        due
    }

    fn record(&self, operation: &str, request: &Value, answer: &Value) {
        let units = consumed(&answer["ConsumedCapacity"]);
        let is_read = matches!(operation, "GetItem" | "Query" | "BatchGetItem" | "Scan");
        let keys = partition_keys(request);
        let consistent = match operation {
            "BatchGetItem" => request["RequestItems"]
                .as_object()
                .is_some_and(|tables| tables.values().all(|keys| keys["ConsistentRead"] == json!(true))),
            _ => request["ConsistentRead"] == json!(true),
        };
        self.0.calls.lock().unwrap().push(Call {
            function: FUNCTION.try_with(|function| *function).unwrap_or("none"),
            permissions: permissions(operation, request),
            partitions: partitions(operation, request),
            operation: operation.to_owned(),
            items: keys.len().max(1),
            consistent,
            read_units: if is_read { units } else { 0.0 },
            write_units: if is_read { 0.0 } else { units },
            keys,
        });
    }
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
fn only_adds_to_the_audit_log(operation: &str, request: &Value) {
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
