//! DynamoDB and SES on a socket, in the driver's own process: what they cost is not counted as ours.
//!
//! The tables are the template's, without their streams: nobody reads them here, and the engine slows down while
//! records pile up. The units that every request consumed are written down.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::types::Item;
use dynoxide::{Database, ImportOptions};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use latchkey::dynamo::keys;
use latchkey_local::dynamodb;
use latchkey_local::ses::{Catcher, SEND_EMAIL_PATH};
use latchkey_local::template::Template;
use serde_json::{Value, json};

use crate::http::{Server, Whole};
use crate::{Failure, clock};

/// The table of people.
pub(crate) const MAIN_TABLE: &str = "MainTable";

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
        let state = Arc::new(State { database, units: Mutex::default(), inbox: inbox.clone() });
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

    /// The outbox items that wait to be sent, found as the scheduler finds them.
    pub(crate) fn waiting_mails(&self) -> Result<Vec<Value>, Failure> {
        let mut waiting = Vec::new();
        for shard in keys::outbox_due_shards() {
            let found = self.ask(
                "Query",
                json!({
                    "TableName": MAIN_TABLE, "IndexName": "outbox_due", "KeyConditionExpression": "due_shard = :shard",
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

    /// A question of the bench's own, which is not counted.
    fn ask(&self, operation: &str, request: Value) -> Result<Value, Failure> {
        let answer = dynamodb::answer(&self.state.database, operation, request);
        if answer.status == 200 { Ok(answer.body) } else { Err(format!("{operation}: {}", answer.body).into()) }
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Whole> {
        let path = request.uri().path().to_owned();
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

    fn call(&self, operation: &str, body: &Bytes) -> Response<Whole> {
        let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some(request) = request.as_object_mut() {
            request.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
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

    fn units(&self) -> MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
