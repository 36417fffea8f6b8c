//! DynamoDB and SES on their ports.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use latchkey_local::ses::{Catcher, SEND_EMAIL_PATH};
use latchkey_local::template::Template;
use tokio::net::TcpListener;

use crate::Failure;
use crate::clock::LocalClock;
use crate::http_server::{self, Whole};
use crate::options::Settings;

/// How often expired items are removed. DynamoDB promises days; the code never relies on it.
const SWEEP: Duration = Duration::from_mins(1);

/// Opens the database and creates the tables that are missing.
pub(crate) fn open_database(settings: &Settings, template: &Template) -> Result<Database, Failure> {
    let file = settings.local.join("dynamodb.sqlite");
    let database =
        Database::new(&file.to_string_lossy()).map_err(|error| format!("cannot open {}: {error}", file.display()))?;
    for table in &template.tables {
        if database.describe_table(DescribeTableRequest { table_name: table.name.clone() }).is_err() {
            database.create_table(table.create_request()?).map_err(|error| format!("table {}: {error}", table.name))?;
            if let Some(attribute) = &table.ttl_attribute {
                let time_to_live_specification =
                    TimeToLiveSpecification { attribute_name: attribute.clone(), enabled: true };
                let request = UpdateTimeToLiveRequest { table_name: table.name.clone(), time_to_live_specification };
                database.update_time_to_live(request).map_err(|error| format!("table {}: {error}", table.name))?;
            }
        }
    }
    Ok(database)
}

/// Serves DynamoDB, and sweeps what has expired.
pub(crate) fn serve_dynamodb(listener: TcpListener, database: &Database) {
    let served = database.clone();
    tokio::spawn(async move {
        if let Err(error) = dynoxide::server::serve_with_shutdown(listener, served, pending()).await {
            eprintln!("dynamodb: {error}");
        }
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

/// Serves SES.
pub(crate) fn serve_ses(listener: TcpListener, catcher: &Catcher, clock: &Arc<LocalClock>) {
    let (catcher, clock) = (catcher.clone(), Arc::clone(clock));
    http_server::serve(vec![listener], move |request, _| {
        let (catcher, clock) = (catcher.clone(), Arc::clone(&clock));
        async move { answer_ses(request, &catcher, &clock).await }
    });
}

async fn answer_ses(request: Request<Incoming>, catcher: &Catcher, clock: &LocalClock) -> Response<Whole> {
    let mut response = Response::new(Whole::default());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if request.method() != Method::POST || request.uri().path() != SEND_EMAIL_PATH {
        *response.status_mut() = StatusCode::NOT_FOUND;
        *response.body_mut() =
            Whole::from(r#"{"__type":"UnknownOperationException","message":"only SendEmail is here"}"#);
        return response;
    }
    let Ok(body) = request.into_body().collect().await else {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    };
    let answer = catcher.send(&body.to_bytes(), clock.now());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.body_mut() = Whole::new(Bytes::from(answer.body));
    response
}
