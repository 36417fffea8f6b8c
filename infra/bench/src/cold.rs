//! (a) Cold starts: what it takes until a function can answer, and what the first answers take.
//!
//! Every function is started many times, in turn with the others, so that a busy moment of the machine meets all of
//! them; the median is kept. The requests are the lightest that ask the store, as the second bare function does, but
//! for the page of `pages`, which asks it nothing.

use http::StatusCode;
use hyper::body::Bytes;
use serde::Serialize;
use serde_json::json;

use crate::function::Function;
use crate::inventory::BOUNCE;
use crate::process::Memory;
use crate::runtime_api::{Environment, Start};
use crate::statistics::median;
use crate::world::{Request, World, read, stream_event, text};
use crate::{Bench, Failure, clock};

/// The bare function that everything is compared with.
pub(crate) const HELLO: &str = "bench-hello";
/// The same with one DynamoDB client.
pub(crate) const HELLO_DYNAMODB: &str = "bench-hello-dynamodb";

/// Requests after the first whose median is the warm one.
const WARM: usize = 20;

/// What a function takes from its start on; medians.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ColdStart {
    pub(crate) function: String,
    pub(crate) binary_bytes: u64,
    pub(crate) init_wall_ms: f64,
    pub(crate) init_cpu_ms: f64,
    pub(crate) first_wall_ms: f64,
    pub(crate) first_cpu_ms: f64,
    pub(crate) warm_wall_ms: f64,
    pub(crate) warm_cpu_ms: f64,
    pub(crate) resident_mb: f64,
}

/// An event that a function answers, and how it is made.
enum Event {
    Http(Request, StatusCode),
    Worker(Bytes),
}

struct Candidate {
    function: Function,
    event: Event,
    runs: Vec<Run>,
}

struct Run {
    start: Start,
    first_wall_ms: f64,
    first_cpu_ms: f64,
    warm_wall_ms: f64,
    warm_cpu_ms: f64,
    memory: Memory,
}

/// Starts every function of the template and both bare ones.
pub(crate) async fn measure(bench: &Bench, world: &mut World) -> Result<Vec<ColdStart>, Failure> {
    let mut candidates = candidates(bench, world).await?;
    for _ in 0..bench.extent.starts {
        for candidate in &mut candidates {
            let run = candidate.run(world).await?;
            candidate.runs.push(run);
        }
    }
    candidates.iter().map(Candidate::summary).collect()
}

async fn candidates(bench: &Bench, world: &mut World) -> Result<Vec<Candidate>, Failure> {
    let applicant = world.register().await?;
    let mail = world.services.waiting_mails()?.into_iter().next().ok_or("a registration should leave a mail")?;
    world.send_mails().await?;
    let link = world.verification_mail(&applicant.email)?.link;
    let access = text(&world.new_account().await?, "access")?;

    let ready = || Event::Http(Request::get("/api/health/ready"), StatusCode::OK);
    let mut events =
        vec![(world.comparison(bench, HELLO)?, ready()), (world.comparison(bench, HELLO_DYNAMODB)?, ready())];
    for (name, function) in &world.functions {
        let event = match name.as_str() {
            "auth" => ready(),
            // With a slash at the end no route of another function catches it.
            "front" => Event::Http(Request::get("/api/auth/me/").bearing(&access), StatusCode::OK),
            "account" => Event::Http(Request::get("/api/auth/me").bearing(&access), StatusCode::OK),
            "privacy" => Event::Http(Request::get("/api/auth/data-requests").bearing(&access), StatusCode::OK),
            "social" => Event::Http(Request::get("/api/auth/social/accounts").bearing(&access), StatusCode::OK),
            // The form behind a mailed link, which asks the store nothing.
            "pages" => Event::Http(Request::get(&format!("/confirm-email?token={link}")), StatusCode::OK),
            // It has been sent, so that the mailer finds nothing to claim.
            // For the exporter there is no such job.
            "mailer" | "exporter" => Event::Worker(stream_event(&mail)?),
            "scheduler" => {
                let event = json!({ "task": "redrive-outbox", "time": clock::now().to_string() });
                Event::Worker(serde_json::to_vec(&event)?.into())
            }
            "feedback" => Event::Worker(BOUNCE.into()),
            other => return Err(format!("infra/bench/src/cold.rs has no event for the function {other}").into()),
        };
        events.push((function.clone(), event));
    }
    Ok(events.into_iter().map(|(function, event)| Candidate { function, event, runs: Vec::new() }).collect())
}

impl Candidate {
    async fn run(&self, world: &World) -> Result<Run, Failure> {
        let (mut environment, start) = Environment::start(&self.function).await?;
        let mut answers = Vec::new();
        for _ in 0..=WARM {
            let event = match &self.event {
                Event::Http(request, _) => world.gateway.event(request)?.1,
                Event::Worker(event) => event.clone(),
            };
            let invocation = environment.invoke(event).await?;
            if let Event::Http(_, expected) = &self.event {
                read(&invocation.answer, *expected, &self.function.name)?;
            }
            answers.push((invocation.wall.as_secs_f64() * 1e3, invocation.cpu.as_secs_f64() * 1e3));
        }
        let ((first_wall_ms, first_cpu_ms), warm) = answers.split_first().ok_or("no answers")?;
        Ok(Run {
            start,
            first_wall_ms: *first_wall_ms,
            first_cpu_ms: *first_cpu_ms,
            warm_wall_ms: median(warm.iter().map(|(wall, _)| *wall)),
            warm_cpu_ms: median(warm.iter().map(|(_, cpu)| *cpu)),
            memory: environment.memory()?,
        })
    }

    fn summary(&self) -> Result<ColdStart, Failure> {
        let of = |value: fn(&Run) -> f64| median(self.runs.iter().map(value));
        Ok(ColdStart {
            function: self.function.name.clone(),
            binary_bytes: self.function.size()?,
            init_wall_ms: of(|run| run.start.wall.as_secs_f64() * 1e3),
            init_cpu_ms: of(|run| run.start.cpu.as_secs_f64() * 1e3),
            first_wall_ms: of(|run| run.first_wall_ms),
            first_cpu_ms: of(|run| run.first_cpu_ms),
            warm_wall_ms: of(|run| run.warm_wall_ms),
            warm_cpu_ms: of(|run| run.warm_cpu_ms),
            resident_mb: of(|run| run.memory.resident_mb()),
        })
    }
}

impl ColdStart {
    /// The size of the binary, in millions of bytes.
    #[expect(clippy::cast_precision_loss, reason = "no binary has 2^52 bytes")]
    pub(crate) fn binary_mb(&self) -> f64 {
        self.binary_bytes as f64 / 1e6
    }
}
