//! `DYNAMODB_TEST_ENDPOINT`: tests of this suite in a process of their own, over tables that are asked by HTTP. What listens
//! here is the local cloud's DynamoDB; an operator names AWS's.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use dynoxide::{Database, DynoxideError};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use latchkey_local::dynamodb;
use latchkey_tests::TestApp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;

/// What the other process runs: a sign-in with its mails, what calls cost, a call whose answer is lost, and what tests do
/// past the API.
const TESTS: &[&str] = &[
    "auth::sign_in::an_address_or_a_username_signs_in_under_any_of_the_three_names",
    "budgets::a_sign_in_is_two_reads_and_one_transaction_of_three",
    "account::raising_the_epoch_ends_every_session_at_once",
    "workers::outbox::a_claim_whose_answer_is_lost_is_recognised_when_it_is_tried_again",
    "endpoint::the_stream_tells_of_what_was_put_and_not_of_what_was_imported",
];

/// How often each operation was asked for.
type Asked = Arc<Mutex<BTreeMap<String, usize>>>;

/// Also what the local cloud does not offer: it makes its tables itself and reads their streams in process.
fn answer(database: &Database, target: &str, request: Value) -> dynamodb::Answer {
    fn run<Q: DeserializeOwned, A: Serialize>(
        request: Value,
        act: impl FnOnce(Q) -> Result<A, DynoxideError>,
    ) -> dynamodb::Answer {
        let body = serde_json::to_value(act(serde_json::from_value(request).unwrap()).unwrap()).unwrap();
        dynamodb::Answer { status: 200, body }
    }
    match target {
        "DynamoDB_20120810.CreateTable" => run(request, |request| database.create_table(request)),
        "DynamoDB_20120810.DeleteTable" => run(request, |request| database.delete_table(request)),
        "DynamoDBStreams_20120810.DescribeStream" => run(request, |request| database.describe_stream(request)),
        "DynamoDBStreams_20120810.GetRecords" => run(request, |request| database.get_records(request)),
        "DynamoDBStreams_20120810.GetShardIterator" => run(request, |request| database.get_shard_iterator(request)),
        _ => dynamodb::answer(database, target.strip_prefix(dynamodb::TARGET_PREFIX).unwrap(), request),
    }
}

async fn serve(listener: TcpListener, database: Database, asked: Asked) {
    while let Ok((stream, _)) = listener.accept().await {
        let (database, asked) = (database.clone(), Arc::clone(&asked));
        let service = service_fn(move |request: Request<Incoming>| {
            let (database, asked) = (database.clone(), Arc::clone(&asked));
            async move {
                let (head, body) = request.into_parts();
                let target = head.headers["x-amz-target"].to_str().unwrap();
                *asked.lock().unwrap().entry(target.to_owned()).or_default() += 1;
                let request = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
                let answer = answer(&database, target, request);
                let response = Response::builder().status(answer.status);
                Ok::<_, Infallible>(response.body(Full::new(Bytes::from(answer.body.to_string()))).unwrap())
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

#[tokio::test]
async fn an_operator_may_name_another_dynamodb_for_the_tests() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (database, asked) = (Database::memory().unwrap(), Asked::default());
    tokio::spawn(serve(listener, database.clone(), Arc::clone(&asked)));
    let mut tests = Command::new(std::env::current_exe().unwrap());
    let output = tests.arg("--exact").args(TESTS).env("DYNAMODB_TEST_ENDPOINT", url).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(&format!("{} passed; 0 failed", TESTS.len())), "{said}");

    let asked = asked.lock().unwrap();
    assert!(asked["DynamoDB_20120810.TransactWriteItems"] > 5 && asked["DynamoDB_20120810.GetItem"] > 5, "{asked:?}");
    assert!(asked["DynamoDBStreams_20120810.GetRecords"] > 5, "{asked:?}");
    assert!(asked["DynamoDB_20120810.CreateTable"] >= 2 * TESTS.len(), "each test has tables of its own: {asked:?}");
    let left = dynamodb::answer(&database, "ListTables", json!({})).body;
    assert_eq!(left["TableNames"], json!([]), "and they are gone when it has ended");
}

#[tokio::test]
async fn the_stream_tells_of_what_was_put_and_not_of_what_was_imported() {
    let (app, other) = (TestApp::new(), TestApp::new());
    app.register("ada@example.com").await;
    let items = app.engine.scan("MainTable");
    let mail = items.iter().find(|item| item["entity"]["S"] == "OutboxItem").unwrap();
    let kind = mail["outbox"]["S"].as_str().unwrap();
    assert_eq!(app.stream_records(kind).len(), 1);

    other.engine.import("MainTable", &items);
    assert_eq!(other.engine.scan("MainTable"), items);
    assert_eq!(other.stream_records(kind).len(), 0);
    let mut second = mail.clone();
    second["sk"]["S"] = json!("SECOND");
    other.engine.put("MainTable", &second);
    let records = other.stream_records(kind);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["dynamodb"]["NewImage"], second);
    app.leave_mail_unsent();
    other.leave_mail_unsent();
}
