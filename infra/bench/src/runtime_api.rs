//! The Lambda Runtime API, as an execution environment sees it: one process, one event at a time.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html> A function is started by running its binary, has
//! started when it asks for its first event, and has finished with an event when it asks for the next one. So the
//! processor time of a request includes what the runtime does after the answer was taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::function::Function;
use crate::http::{Server, Whole};
use crate::process::{Memory, Process, Reading};
use crate::{Failure, clock};

/// After so long without a sign of life, a function is taken for stuck.
const PATIENCE: Duration = Duration::from_mins(2);

/// A function that runs and waits for events. Dropping it ends its process.
pub(crate) struct Environment {
    function: Function,
    process: Process,
    events: UnboundedSender<Bytes>,
    reports: UnboundedReceiver<Report>,
    _server: Server,
}

/// What starting took, from `exec` to the first question for an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

/// What an event took, and what came back.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(crate) answer: Bytes,
    /// Until the answer.
    pub(crate) wall: Duration,
    /// Until the function asked for more.
    pub(crate) cpu: Duration,
}

/// What a process says.
#[derive(Debug)]
enum Report {
    Ready(Instant),
    Answered(Bytes, Instant),
    Failed(String),
}

struct Api {
    events: Mutex<UnboundedReceiver<Bytes>>,
    reports: UnboundedSender<Report>,
    served: AtomicU64,
    name: String,
}

impl Environment {
    /// Starts a function and waits until it asks for its first event.
    pub(crate) async fn start(function: &Function) -> Result<(Self, Start), Failure> {
        let (events, waiting) = unbounded_channel();
        let (reports, told) = unbounded_channel();
        let name = function.name.clone();
        let api = Arc::new(Api { events: Mutex::new(waiting), reports, served: AtomicU64::new(0), name });
        let server = Server::start(move |request| {
            let api = Arc::clone(&api);
            async move { api.answer(request).await }
        })
        .await?;
        let mut variables = function.variables.clone();
        variables.insert("AWS_LAMBDA_RUNTIME_API".to_owned(), server.address.to_string());
        let begun = clock::start();
        let process = Process::start(&function.binary, &variables, &function.log)?;
        let mut environment = Self { function: function.clone(), process, events, reports: told, _server: server };
        let ready = environment.until_ready().await?;
        let cpu = environment.process.reading()?.since(&Reading::default());
        Ok((environment, Start { wall: ready.duration_since(begun), cpu }))
    }

    /// Hands the function an event, and tells what it took.
    pub(crate) async fn invoke(&mut self, event: Bytes) -> Result<Invocation, Failure> {
        let before = self.process.reading()?;
        let (answer, wall) = self.exchange(event).await?;
        Ok(Invocation { answer, wall, cpu: self.process.reading()?.since(&before) })
    }

    /// Hands the function an event, and waits until it asks for the next one: the answer, and when it came.
    pub(crate) async fn exchange(&mut self, event: Bytes) -> Result<(Bytes, Duration), Failure> {
        let begun = clock::start();
        self.events.send(event)?;
        let (answer, at) = match self.report().await? {
            Report::Answered(answer, at) => (answer, at),
            Report::Failed(error) => return Err(self.failure(&error)),
            Report::Ready(_) => return Err(self.failure("it asked for two events at once")),
        };
        self.until_ready().await?;
        Ok((answer, at.duration_since(begun)))
    }

    /// The memory of its process.
    pub(crate) fn memory(&self) -> Result<Memory, Failure> {
        self.process.memory()
    }

    /// The processor time of its process so far.
    pub(crate) fn reading(&self) -> Result<Reading, Failure> {
        self.process.reading()
    }

    async fn until_ready(&mut self) -> Result<Instant, Failure> {
        match self.report().await? {
            Report::Ready(at) => Ok(at),
            Report::Failed(error) => Err(self.failure(&error)),
            Report::Answered(..) => Err(self.failure("it answered twice")),
        }
    }

    async fn report(&mut self) -> Result<Report, Failure> {
        let waited = tokio::select! {
            report = tokio::time::timeout(PATIENCE, self.reports.recv()) => report,
            _ = self.process.child().wait() => return Err(self.failure("its process ended")),
        };
        waited.ok().flatten().ok_or_else(|| self.failure("it gave no sign of life for two minutes"))
    }

    fn failure(&self, what: &str) -> Failure {
        let said = std::fs::read_to_string(&self.function.log).unwrap_or_default();
        let last: Vec<&str> = said.lines().rev().take(5).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        format!("{}: {what}; its last words:\n{}", self.function.name, last.join("\n")).into()
    }
}

impl Api {
    async fn answer(&self, request: Request<Incoming>) -> Response<Whole> {
        let path = request.uri().path().to_owned();
        match (request.method(), path.strip_prefix("/2018-06-01/runtime/")) {
            (&Method::GET, Some("invocation/next")) => self.next().await,
            (&Method::POST, Some(rest)) => {
                let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
                let body = body.unwrap_or_default();
                let at = clock::start();
                let report = if rest.ends_with("/response") {
                    Report::Answered(body, at)
                } else {
                    Report::Failed(String::from_utf8_lossy(&body).into_owned())
                };
                // Nobody listens any more when the environment is being dropped.
                let _ = self.reports.send(report);
                status(StatusCode::ACCEPTED)
            }
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    /// Keeps the connection open until there is an event, as Lambda does.
    async fn next(&self) -> Response<Whole> {
        let _ = self.reports.send(Report::Ready(clock::start()));
        let Some(event) = self.events.lock().await.recv().await else {
            return status(StatusCode::GONE);
        };
        let number = self.served.fetch_add(1, Ordering::Relaxed);
        let deadline = clock::now().as_millisecond() + 20_000;
        let mut response = Response::new(Whole::from(event));
        for (name, value) in [
            ("lambda-runtime-aws-request-id", format!("8476a536-e9f4-11e8-9739-{number:012x}")),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", format!("arn:aws:lambda:us-east-1:1:function:{}", self.name)),
            ("lambda-runtime-trace-id", format!("Root=1-5bef4de7-{number:024x};Sampled=0")),
            ("content-type", "application/json".to_owned()),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn status(status: StatusCode) -> Response<Whole> {
    let mut response = Response::new(Whole::from(r#"{"status":"OK"}"#));
    *response.status_mut() = status;
    response
}
