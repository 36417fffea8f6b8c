//! DynamoDB, SES and S3 on their ports.

use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use latchkey_local::buckets;
use latchkey_local::dynamodb;
use latchkey_local::ses::{Catcher, SEND_EMAIL_PATH};
use latchkey_local::template::Template;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Failure;
use crate::clock::LocalClock;
use crate::guard;
use crate::http_server::{self, Whole};
use crate::options::Settings;

/// How often expired items are removed. DynamoDB promises days; the code never relies on it.
const SWEEP: Duration = Duration::from_mins(1);

/// The largest request that DynamoDB takes.
const LARGEST_REQUEST: usize = 16 * 1024 * 1024;

/// Opens the database and creates the tables that are missing.
pub(crate) fn open_database(settings: &Settings, template: &Template) -> Result<Database, Failure> {
    let file = settings.local.join("dynamodb.sqlite");
    let database =
        Database::new(&file.to_string_lossy()).map_err(|error| format!("cannot open {}: {error}", file.display()))?;
    for table in &template.tables {
        let description = dynamodb::answer(&database, "DescribeTable", json!({ "TableName": table.name }));
        if description.status != 200 {
            database.create_table(table.create_request()?).map_err(|error| format!("table {}: {error}", table.name))?;
        } else if shape(description.body.get("Table")) != shape(Some(table.create_request_json())) {
            let file = file.display();
            return Err(format!(
                "the template describes {} otherwise than {file} has it; delete that file",
                table.name
            )
            .into());
        }
        if let Some(attribute) = &table.ttl_attribute {
            let time_to_live_specification =
                TimeToLiveSpecification { attribute_name: attribute.clone(), enabled: true };
            let request = UpdateTimeToLiveRequest { table_name: table.name.clone(), time_to_live_specification };
            // A table whose TTL is on already refuses, and stays as it is.
            let _ = database.update_time_to_live(request);
        }
    }
    Ok(database)
}

/// A client of the DynamoDB that is served on this port.
pub(crate) fn dynamodb_client(port: u16) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
        .region(aws_sdk_dynamodb::config::Region::new("us-east-1"))
        .credentials_provider(aws_sdk_dynamodb::config::Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

/// What cannot be changed of a table that exists: its keys, and the names and keys of its indexes.
fn shape(table: Option<&Value>) -> (Option<&Value>, Vec<[Option<&Value>; 2]>) {
    let indexes = table.and_then(|table| table.get("GlobalSecondaryIndexes")?.as_array()).into_iter().flatten();
    let mut indexes: Vec<_> = indexes.map(|index| ["IndexName", "KeySchema"].map(|part| index.get(part))).collect();
    indexes.sort_by_key(|[name, _]| name.map(Value::to_string));
    (table.and_then(|table| table.get("KeySchema")), indexes)
}

/// Serves DynamoDB, and sweeps what has expired.
pub(crate) fn serve_dynamodb(listener: TcpListener, database: &Database, port: u16) {
    let served = database.clone();
    http_server::serve(vec![listener], move |request, _| {
        let database = served.clone();
        async move { answer_dynamodb(request, database, port).await }
    });
    let swept = database.clone();
    tokio::spawn(async move {
        loop {
            let database = swept.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
                eprintln!("dynamodb: expired items could not be removed: {error}");
            }
            tokio::time::sleep(SWEEP).await;
        }
    });
}

async fn answer_dynamodb(request: Request<Incoming>, database: Database, port: u16) -> Response<Whole> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let Some(operation) = target.strip_prefix(dynamodb::TARGET_PREFIX).map(str::to_owned) else {
        return respond(StatusCode::BAD_REQUEST, br#"{"__type":"UnknownOperationException"}"#.to_vec());
    };
    let Some(body) = read(request, port).await else { return forbidden() };
    let work = move || {
        let request = serde_json::from_slice(&body).unwrap_or_default();
        dynamodb::answer(&database, &operation, request)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => respond(
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            answer.body.to_string().into_bytes(),
        ),
        Err(_) => respond(StatusCode::INTERNAL_SERVER_ERROR, br#"{"__type":"InternalServerError"}"#.to_vec()),
    }
}

/// Serves SES.
pub(crate) fn serve_ses(listener: TcpListener, catcher: &Catcher, clock: &Arc<LocalClock>, port: u16) {
    let (catcher, clock) = (catcher.clone(), Arc::clone(clock));
    http_server::serve(vec![listener], move |request, _| {
        let (catcher, clock) = (catcher.clone(), Arc::clone(&clock));
        async move { answer_ses(request, &catcher, &clock, port).await }
    });
}

async fn answer_ses(request: Request<Incoming>, catcher: &Catcher, clock: &LocalClock, port: u16) -> Response<Whole> {
    if request.method() != Method::POST || request.uri().path() != SEND_EMAIL_PATH {
        let unknown = r#"{"__type":"UnknownOperationException","message":"only SendEmail is here"}"#;
        return respond(StatusCode::NOT_FOUND, unknown.as_bytes().to_vec());
    }
    let Some(body) = read(request, port).await else { return forbidden() };
    let answer = catcher.send(&body, clock.now());
    respond(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), answer.body)
}

/// Serves S3. A page of a website cannot ask it anything: it does not have the key that requests are signed with.
pub(crate) fn serve_s3(listener: TcpListener, settings: &Settings, template: &Template) -> Result<(), Failure> {
    let service = buckets::serve(&settings.local.join("buckets"), &template.buckets)?;
    http_server::serve_s3(listener, service);
    Ok(())
}

/// The body of a request that a program of this machine sent, up to the size that AWS takes; none of any other.
async fn read(request: Request<Incoming>, port: u16) -> Option<Bytes> {
    let ours = guard::names_this_machine(request.headers(), port) && guard::comes_from_a_program(request.headers());
    let body = Limited::new(request.into_body(), LARGEST_REQUEST).collect().await.ok()?;
    ours.then(|| body.to_bytes())
}

fn forbidden() -> Response<Whole> {
    respond(
        StatusCode::FORBIDDEN,
        br#"{"__type":"AccessDeniedException","message":"only programs of this machine"}"#.to_vec(),
    )
}

fn respond(status: StatusCode, body: Vec<u8>) -> Response<Whole> {
    let mut response = Response::new(Whole::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}
