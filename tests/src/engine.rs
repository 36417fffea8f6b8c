//! The engine: a DynamoDB that counts what it is asked, and fails when told to. It is in memory, unless
//! `DYNAMODB_TEST_ENDPOINT` names another.

mod call;
mod endpoint;
mod tables;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use latchkey_local::dynamodb::Answer;
use serde_json::{Value, json};

use self::call::only_adds_to_the_audit_log;
pub use self::call::{Call, Units};
use self::tables::Tables;
use crate::entropy::Seeded;
use crate::faults::Fault;

tokio::task_local! {
    /// The function on whose behalf the SDK is called.
    pub(crate) static FUNCTION: &'static str;
}

/// The engine of one test. Clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    tables: Tables,
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
        Self(Arc::new(Inner {
            tables: Tables::new(),
            calls: Mutex::default(),
            faults: Mutex::default(),
            struck: AtomicUsize::new(0),
            order: Seeded::new(seed),
        }))
    }

    /// Takes an attribute away from an item of `MainTable`.
    pub fn remove_attribute(&self, pk: &str, sk: &str, attribute: &str) {
        let request = json!({
            "TableName": "MainTable",
            "Key": { "pk": { "S": pk }, "sk": { "S": sk } },
            "UpdateExpression": "REMOVE #0",
            "ExpressionAttributeNames": { "#0": attribute },
        });
        self.update(request);
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
        self.update(request);
    }

    /// Writes an item as it was read, as a restore from a backup does.
    pub fn put(&self, table: &str, item: &Value) {
        self.0.tables.done("PutItem", json!({ "TableName": table, "Item": item }));
    }

    /// Carries an `UpdateItem` out that the product does not make.
    pub fn update(&self, request: Value) {
        self.0.tables.done("UpdateItem", request);
    }

    /// Puts many items into a table. The stream has no records of them.
    pub fn import(&self, table: &str, items: &[Value]) {
        self.0.tables.import(table, items);
    }

    /// The stream's records of a table after a sequence number (from the oldest when `None`), at most a thousand.
    pub(crate) fn records_after(&self, table: &str, after: Option<&str>) -> Vec<Value> {
        self.0.tables.records_after(table, after)
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
        self.0.tables.scan(table)
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
        let Answer { status, body: answer } = self.0.tables.answer(operation, request.clone());
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
        self.0.calls.lock().unwrap().push(Call::of(operation, request, answer));
    }
}
