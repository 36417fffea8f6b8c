//! The SDK's HTTP client, without HTTP: requests go straight to the engine or to the mail catcher.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use latchkey_kernel::dynamo::{ATTEMPT_TIMEOUT, OPERATION_TIMEOUT};
use latchkey_local::ses::Catcher;

use crate::engine::{Engine, Reply};
use crate::vault::Vault;

/// The time on the mail catcher's wall.
pub(crate) type Clock = Arc<Mutex<latchkey_kernel::clock::Timestamp>>;

#[derive(Clone)]
enum Service {
    DynamoDb(Engine),
    Ses(Catcher, Clock),
    Secrets(Vault),
}

impl fmt::Debug for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Service")
    }
}

impl HttpConnector for Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.clone();
        HttpConnectorFuture::new(async move {
            let body = request.body().bytes().unwrap_or_default();
            let reply = match &service {
                Self::DynamoDb(engine) => {
                    for _ in 0..engine.steps_aside() {
                        tokio::task::yield_now().await;
                    }
                    engine.call(operation(&request), body)
                }
                Self::Ses(catcher, clock) => {
                    let now = jiff::Timestamp::from_millisecond(clock.lock().unwrap().as_millisecond()).unwrap();
                    let answer = catcher.send(body, now);
                    Reply::Answer(answer.status, String::from_utf8(answer.body).unwrap())
                }
                Self::Secrets(vault) => vault.call(operation(&request), body),
            };
            match reply {
                Reply::Answer(status, body) => Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))),
                Reply::NoConnection => Err(ConnectorError::io("the connection was lost".into())),
                Reply::Never => std::future::pending().await,
            }
        })
    }
}

/// The operation of a JSON protocol's request.
fn operation(request: &HttpRequest) -> &str {
    request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default()
}

fn http_client(service: Service) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(service);
    http_client_fn(move |_, _| connector.clone())
}

/// The SDK's waits between tries are not worth waiting for here.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(std::time::Duration::from_millis(1))
}

/// Calls are given up as in production, but so late that only a paused clock gets there.
fn timeouts() -> TimeoutConfig {
    const LATER: u32 = 20;
    TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT * LATER)
        .operation_timeout(OPERATION_TIMEOUT * LATER)
        .build()
}

/// A DynamoDB client of this engine.
pub(crate) fn dynamodb(engine: &Engine) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::from_conf(
        aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url("http://dynamodb.test")
            .http_client(http_client(Service::DynamoDb(engine.clone())))
            .retry_config(retries())
            // Clients of one service share what they may retry in a process: tests that break many calls would use up that
            // of others.
            .retry_partition(RetryPartition::custom("one test").build())
            .timeout_config(timeouts())
            .build(),
    )
}

/// An SES client of this catcher.
pub(crate) fn ses(catcher: &Catcher, clock: &Clock) -> aws_sdk_sesv2::Client {
    aws_sdk_sesv2::Client::from_conf(
        aws_sdk_sesv2::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url("http://ses.test")
            .http_client(http_client(Service::Ses(catcher.clone(), Arc::clone(clock))))
            // As in production: what is sent again goes out again.
            .retry_config(RetryConfig::disabled())
            .build(),
    )
}

/// A Secrets Manager client of this vault.
pub(crate) fn secrets_manager(vault: &Vault) -> aws_sdk_secretsmanager::Client {
    aws_sdk_secretsmanager::Client::from_conf(
        aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url("http://secrets.test")
            .http_client(http_client(Service::Secrets(vault.clone())))
            .retry_config(retries())
            .retry_partition(RetryPartition::custom("one test").build())
            .build(),
    )
}
