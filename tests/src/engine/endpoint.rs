//! The tables at an endpoint that speaks DynamoDB's API over HTTP, with names of their own for each test application.
//!
//! A call holds the thread until it is answered, as a call of the engine in this process does: a test's clock that stands
//! still would jump to the next timeout if its runtime had nothing to do while it waits. So requests are made by a runtime
//! of their own. The product is never told the tables' real names, and what is recorded of it does not have them either.

use std::collections::BTreeSet;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, mpsc};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use latchkey_local::dynamodb::{Answer, TARGET_PREFIX};
use latchkey_local::streams::sequence_number;
use latchkey_local::template::Table;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// What `X-Amz-Target` begins with for a stream.
const STREAMS_PREFIX: &str = "DynamoDBStreams_20120810.";

/// `BatchWriteItem` takes no more.
const BATCH: usize = 25;

struct Http {
    runtime: Runtime,
    client: Client<HttpConnector, Full<Bytes>>,
}

static HTTP: LazyLock<Http> = LazyLock::new(|| Http {
    runtime: Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
    client: Client::builder(TokioExecutor::new()).build_http(),
});

/// The tables of one test application.
pub(super) struct Endpoint {
    url: String,
    prefix: String,
    tables: Vec<String>,
    /// The records of what was imported, by sequence number.
    imported: Mutex<BTreeSet<u128>>,
}

impl Endpoint {
    /// Creates these tables there.
    pub(super) fn with(tables: &[Table], url: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let (count, began) = (COUNT.fetch_add(1, Ordering::Relaxed), SystemTime::now().duration_since(UNIX_EPOCH));
        let prefix = format!("test-{}-{}-{count}-", process::id(), began.unwrap().as_millis());
        let url = format!("{}/", url.trim_end_matches('/'));
        let names = tables.iter().map(|table| table.name.clone()).collect();
        let endpoint = Self { url, prefix, tables: names, imported: Mutex::default() };
        for table in tables {
            let mut request = table.create_request_json().clone();
            request.as_object_mut().unwrap().remove("DeletionProtectionEnabled");
            let answer = endpoint.answer("CreateTable", request);
            assert_eq!(answer.status, 200, "{} takes no table: {}", endpoint.url, answer.body);
        }
        endpoint
    }

    pub(super) fn answer(&self, operation: &str, mut request: Value) -> Answer {
        rename(&mut request, &|table| format!("{}{table}", self.prefix));
        let mut answer = self.ask(TARGET_PREFIX, operation, &request);
        rename(&mut answer.body, &|table| table.strip_prefix(&self.prefix).unwrap_or(table).to_owned());
        answer
    }

    pub(super) fn import(&self, table: &str, items: &[Value]) {
        let before = self.records(table).len();
        for items in items.chunks(BATCH) {
            let puts: Vec<_> = items.iter().map(|item| json!({ "PutRequest": { "Item": item } })).collect();
            let Answer { status, body } = self.answer("BatchWriteItem", json!({ "RequestItems": { table: puts } }));
            assert!(
                status == 200 && body["UnprocessedItems"].as_object().is_none_or(serde_json::Map::is_empty),
                "{body}"
            );
        }
        let records = self.records(table);
        self.imported.lock().unwrap().extend(records.iter().skip(before).map(place));
    }

    pub(super) fn records_after(&self, table: &str, after: Option<&str>) -> Vec<Value> {
        let after = after.map(|number| number.parse::<u128>().unwrap());
        let imported = self.imported.lock().unwrap();
        let mut records = self.records(table);
        records.retain(|record| after.is_none_or(|after| place(record) > after) && !imported.contains(&place(record)));
        for record in &mut records {
            record["eventSourceARN"] =
                json!(format!("arn:aws:dynamodb:us-east-1:000000000000:table/{table}/stream/test"));
        }
        records
    }

    /// All records of a table's stream, the oldest first; none if it has no stream.
    fn records(&self, table: &str) -> Vec<Value> {
        let description = self.answer("DescribeTable", json!({ "TableName": table })).body;
        let Some(stream) = description["Table"]["LatestStreamArn"].as_str() else { return Vec::new() };
        let description = self.stream("DescribeStream", &json!({ "StreamArn": stream }));
        let mut records = Vec::new();
        for shard in description["StreamDescription"]["Shards"].as_array().unwrap() {
            let oldest = json!({
                "StreamArn": stream,
                "ShardId": shard["ShardId"],
                "ShardIteratorType": "TRIM_HORIZON",
            });
            let mut iterator = self.stream("GetShardIterator", &oldest)["ShardIterator"].take();
            while iterator.is_string() {
                let mut page = self.stream("GetRecords", &json!({ "ShardIterator": iterator }));
                let Some(Value::Array(read)) = page.get_mut("Records").map(Value::take) else { break };
                // A shard that is written to always has a next iterator.
                if read.is_empty() {
                    break;
                }
                records.extend(read);
                iterator = page["NextShardIterator"].take();
            }
        }
        records.sort_by_key(place);
        records
    }

    fn stream(&self, operation: &str, request: &Value) -> Value {
        let Answer { status, body } = self.ask(STREAMS_PREFIX, operation, request);
        assert_eq!(status, 200, "{operation}: {body}");
        body
    }

    fn ask(&self, prefix: &str, operation: &str, request: &Value) -> Answer {
        self.try_to_ask(prefix, operation, request)
            .unwrap_or_else(|error| panic!("{} does not answer {operation}: {error}", self.url))
    }

    /// Asks, and holds the thread until the answer is there.
    fn try_to_ask(&self, prefix: &str, operation: &str, request: &Value) -> Result<Answer, String> {
        // DynamoDB Local looks for a key and a region, by which it may keep databases apart, and checks no signature.
        let credential = "Credential=test/20260302/eu-central-1/dynamodb/aws4_request";
        let request = Request::post(&self.url)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("{prefix}{operation}"))
            .header("x-amz-date", "20260302T093000Z")
            .header("authorization", format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"))
            .body(Full::new(Bytes::from(request.to_string())))
            .unwrap();
        let (answered, answer) = mpsc::channel();
        HTTP.runtime.spawn(async move {
            let answer = async {
                let response = HTTP.client.request(request).await.map_err(|error| format!("{error:?}"))?;
                let status = response.status().as_u16();
                let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
                let body = serde_json::from_slice(&body).map_err(|error| format!("{status}: {error}"))?;
                Ok(Answer { status, body })
            };
            let _ = answered.send(answer.await);
        });
        answer.recv().map_err(|error| error.to_string())?
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        for table in &self.tables {
            let request = json!({ "TableName": format!("{}{table}", self.prefix) });
            let answer = self.try_to_ask(TARGET_PREFIX, "DeleteTable", &request);
            // A test that fails says why by itself; the endpoint may be what failed.
            let deleted = answer.as_ref().is_ok_and(|answer| answer.status == 200);
            assert!(deleted || std::thread::panicking(), "a table is left at {}: {answer:?}", self.url);
        }
    }
}

/// A record's place in the stream.
fn place(record: &Value) -> u128 {
    sequence_number(record).parse().unwrap()
}

/// Gives the tables that a request or an answer names other names.
fn rename(document: &mut Value, name: &impl Fn(&str) -> String) {
    let steps = document.get_mut("TransactItems").and_then(Value::as_array_mut).into_iter().flatten();
    for step in steps.filter_map(Value::as_object_mut).flat_map(|step| step.values_mut()) {
        rename(step, name);
    }
    if let Some(table) = document.get_mut("TableName") {
        *table = Value::from(name(table.as_str().unwrap()));
    }
    for by_table in ["RequestItems", "Responses", "UnprocessedKeys", "UnprocessedItems"] {
        if let Some(Value::Object(tables)) = document.get_mut(by_table) {
            *tables = std::mem::take(tables).into_iter().map(|(table, items)| (name(&table), items)).collect();
        }
    }
}
