//! DynamoDB and SES on a socket, in the driver's own process: what they cost is not counted as ours.
//!
//! The tables are the template's, without their streams: nobody reads them here, and the engine slows down while
//! records pile up. The units that every request consumed are written down.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::types::Item;
use dynoxide::{Database, ImportOptions};
use http::header::{CONTENT_TYPE, ETAG, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use latchkey_kernel::outbox;
use latchkey_local::dynamodb;
use latchkey_local::ses::{Catcher, SEND_EMAIL_PATH};
use latchkey_local::template::Template;
use latchkey_tests::TestApp;
use serde_json::{Value, json};

use crate::http::{Server, Whole};
use crate::{Failure, clock};

/// The table of people.
pub(crate) const MAIN_TABLE: &str = "MainTable";
/// The table of what is forgotten soon.
const EPHEMERAL_TABLE: &str = "EphemeralTable";

/// The bucket, by its name in the template.
pub(crate) const BUCKET: &str = "Bucket";
/// Where it is asked.
const BUCKET_PATH: &str = "/Bucket/";

/// Units that requests consumed, and how many requests those were.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub(crate) struct Units {
    /// Requests to DynamoDB.
    pub(crate) calls: u32,
    /// Read units.
    pub(crate) read: f64,
    /// Write units; those of transactions count double, as they are billed.
    pub(crate) write: f64,
}

/// The two services. They end when this is dropped.
pub(crate) struct Services {
    pub(crate) server: Server,
    pub(crate) inbox: Catcher,
    state: Arc<State>,
}

struct State {
    database: Database,
    units: Mutex<Units>,
    inbox: Catcher,
    /// While the rows of an application are here: the keys of those that were brought or written, with their tables.
    touched: Mutex<Option<Vec<(String, Value)>>>,
    /// Bytes that the bucket took.
    taken: AtomicU64,
}

impl Services {
    /// Services whose tables lie in memory.
    pub(crate) async fn in_memory(template: &Template) -> Result<Self, Failure> {
        Self::of(Database::memory()?, template).await
    }

    /// Services whose tables lie in a file.
    pub(crate) async fn in_file(template: &Template, file: &Path) -> Result<Self, Failure> {
        let database = Database::new(&file.to_string_lossy())?;
        database.enable_bulk_loading()?;
        Self::of(database, template).await
    }

    async fn of(database: Database, template: &Template) -> Result<Self, Failure> {
        for table in &template.tables {
            let mut request = table.create_request_json().clone();
            if let Some(request) = request.as_object_mut() {
                request.remove("StreamSpecification");
            }
            database.create_table(serde_json::from_value::<CreateTableRequest>(request)?)?;
        }
        let inbox = Catcher::new();
        let (units, touched, taken) = (Mutex::default(), Mutex::default(), AtomicU64::new(0));
        let state = Arc::new(State { database, units, inbox: inbox.clone(), touched, taken });
        let answering = Arc::clone(&state);
        let server = Server::start(move |request| {
            let state = Arc::clone(&answering);
            async move { state.answer(request).await }
        })
        .await?;
        Ok(Self { server, inbox, state })
    }

    /// The units since the last time this was asked.
    pub(crate) fn take_units(&self) -> Units {
        std::mem::take(&mut *self.state.units())
    }

    /// Every item of a table.
    pub(crate) fn scan(&self, table: &str) -> Result<Vec<Value>, Failure> {
        let answer = self.ask("Scan", json!({ "TableName": table }))?;
        if answer.get("LastEvaluatedKey").is_some() {
            return Err(format!("{table} holds more than one page").into());
        }
        Ok(answer.get("Items").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// The mails that wait to be sent, found as the scheduler finds them.
    pub(crate) fn waiting_mails(&self) -> Result<Vec<Value>, Failure> {
        Ok(self.waiting()?.into_iter().filter(|item| is(item, "/outbox/S", "mail")).collect())
    }

    /// The jobs that are due.
    pub(crate) fn waiting_jobs(&self) -> Result<Vec<Value>, Failure> {
        let due = |item: &Value| is(item, "/outbox/S", "job") && is(item, "/state/S", "pending");
        Ok(self.waiting()?.into_iter().filter(due).collect())
    }

    /// How many bytes the bucket has taken since the last time this was asked. It keeps none of them.
    pub(crate) fn taken_by_the_bucket(&self) -> u64 {
        self.state.taken.swap(0, Ordering::Relaxed)
    }

    fn waiting(&self) -> Result<Vec<Value>, Failure> {
        let mut waiting = Vec::new();
        for shard in outbox::keys::due_shards() {
            let found = self.ask(
                "Query",
                json!({
                    "TableName": MAIN_TABLE, "IndexName": "due", "KeyConditionExpression": "due_shard = :shard",
                    "ExpressionAttributeValues": { ":shard": { "S": shard } },
                }),
            )?;
            for item in found.get("Items").and_then(Value::as_array).into_iter().flatten() {
                let key = json!({ "pk": item.get("pk"), "sk": item.get("sk") });
                let read = self.ask("GetItem", json!({ "TableName": MAIN_TABLE, "Key": key }))?;
                waiting.extend(read.get("Item").cloned());
            }
        }
        Ok(waiting)
    }

    /// Puts items into a table, past DynamoDB's API.
    pub(crate) fn import(&self, table: &str, items: Vec<Item>) -> Result<usize, Failure> {
        let imported = self.state.database.import_items(table, items, ImportOptions::default())?;
        Ok(imported.items_imported)
    }

    /// Brings the rows of an application into the tables, to which nothing of it goes back.
    pub(crate) fn bring(&self, app: &TestApp) -> Result<(), Failure> {
        let mut brought = Vec::new();
        for table in [MAIN_TABLE, EPHEMERAL_TABLE] {
            let rows = app.engine.scan(table);
            brought.extend(rows.iter().map(|row| (table.to_owned(), key_of(row))));
            let items = rows.into_iter().map(serde_json::from_value).collect::<Result<Vec<Item>, _>>()?;
            self.import(table, items)?;
        }
        *self.state.touched() = Some(brought);
        Ok(())
    }

    /// Takes away every row that was brought, and what was written since.
    pub(crate) fn take_back(&self) -> Result<(), Failure> {
        let touched = self.state.touched().take();
        for (table, key) in touched.into_iter().flatten() {
            self.ask("DeleteItem", json!({ "TableName": table, "Key": key }))?;
        }
        Ok(())
    }

    /// A question of the bench's own, which is not counted.
    fn ask(&self, operation: &str, request: Value) -> Result<Value, Failure> {
        let answer = dynamodb::answer(&self.state.database, operation, request);
        if answer.status == 200 { Ok(answer.body) } else { Err(format!("{operation}: {}", answer.body).into()) }
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Whole> {
        let path = request.uri().path().to_owned();
        if path.starts_with(BUCKET_PATH) {
            return self.answer_as_bucket(request).await;
        }
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.strip_prefix(dynamodb::TARGET_PREFIX).unwrap_or_default().to_owned();
        let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        if path == SEND_EMAIL_PATH {
            let answer = self.inbox.send(&body, clock::now());
            return respond(answer.status, answer.body);
        }
        let answered = tokio::task::spawn_blocking(move || self.call(&operation, &body)).await;
        answered.unwrap_or_else(|_| respond(500, br#"{"__type":"InternalServerError"}"#.to_vec()))
    }

    /// S3, as far as somebody notices who writes an object in parts: it takes all and has nothing.
    async fn answer_as_bucket(&self, request: Request<Incoming>) -> Response<Whole> {
        let (method, query) = (request.method().clone(), request.uri().query().unwrap_or_default().to_owned());
        let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        if method == Method::PUT {
            self.taken.fetch_add(body.len() as u64, Ordering::Relaxed);
            let mut taken = respond(200, Vec::new());
            taken.headers_mut().insert(ETAG, HeaderValue::from_static("\"part\""));
            return taken;
        }
        let known = |answer: &str| respond(200, format!("<{answer}><UploadId>1</UploadId></{answer}>").into_bytes());
        match (method, query.contains("uploadId=")) {
            (Method::POST, false) => known("InitiateMultipartUploadResult"),
            (Method::POST, true) => known("CompleteMultipartUploadResult"),
            (Method::GET, _) if query.contains("prefix=") => {
                let listing =
                    if query.contains("versions") { "ListVersionsResult" } else { "ListMultipartUploadsResult" };
                respond(200, format!("<{listing}/>").into_bytes())
            }
            _ => respond(404, Vec::new()),
        }
    }

    fn call(&self, operation: &str, body: &Bytes) -> Response<Whole> {
        let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some(request) = request.as_object_mut() {
            request.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
        }
        if let Some(touched) = self.touched().as_mut() {
            touched.extend(written(operation, &request));
        }
        let mut answer = dynamodb::answer(&self.database, operation, request);
        // The product does not ask for it, and must not spend time on reading it.
        let told = answer.body.as_object_mut().and_then(|body| body.remove("ConsumedCapacity"));
        let consumed = told.as_ref().map(consumed).unwrap_or_default();
        let mut units = self.units();
        units.calls += 1;
        if matches!(operation, "GetItem" | "BatchGetItem" | "Query") {
            units.read += consumed;
        } else {
            units.write += consumed;
        }
        drop(units);
        respond(answer.status, answer.body.to_string().into_bytes())
    }

    fn touched(&self) -> MutexGuard<'_, Option<Vec<(String, Value)>>> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn units(&self) -> MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys of the rows that a request writes, with their tables.
fn written(operation: &str, request: &Value) -> Vec<(String, Value)> {
    let steps: Vec<&Value> = match operation {
        "PutItem" | "UpdateItem" => vec![request],
        "TransactWriteItems" => {
            let steps = request.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
            steps.filter_map(|step| step.get("Put").or_else(|| step.get("Update"))).collect()
        }
        _ => Vec::new(),
    };
    let keys = steps.into_iter().filter_map(|step| {
        let row = step.get("Item").or_else(|| step.get("Key"))?;
        Some((step.get("TableName")?.as_str()?.to_owned(), key_of(row)))
    });
    keys.collect()
}

/// The key of a row.
fn key_of(row: &Value) -> Value {
    json!({ "pk": row.get("pk"), "sk": row.get("sk") })
}

fn is(item: &Value, pointer: &str, value: &str) -> bool {
    item.pointer(pointer).and_then(Value::as_str) == Some(value)
}

/// The units of one table, or of all that a batch or transaction names.
fn consumed(capacity: &Value) -> f64 {
    match capacity {
        Value::Array(tables) => tables.iter().map(consumed).sum(),
        one => one.get("CapacityUnits").and_then(Value::as_f64).unwrap_or_default(),
    }
}

fn respond(status: u16, body: Vec<u8>) -> Response<Whole> {
    let mut response = Response::new(Whole::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_a_batch_are_those_of_all_its_tables() {
        let capacity = json!([{ "TableName": "a", "CapacityUnits": 2.0 }, { "TableName": "b", "CapacityUnits": 0.5 }]);
        assert!((consumed(&capacity) - 2.5).abs() < f64::EPSILON);
        assert!((consumed(&json!({ "TableName": "a", "CapacityUnits": 6.0 })) - 6.0).abs() < f64::EPSILON);
    }
}
