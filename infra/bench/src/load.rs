//! (b) Load: requests one after the other through the real runtime loop, in one environment and in sixteen.
//!
//! Lambda runs one process per request that is under way, and so does this. The store, the gateway's part and the
//! functions share the machine, so throughput is bounded by all of them together; the processor time of our own
//! processes is what the functions cost. Raw Argon2id runs in turn with the rest, in as many processes.
//!
//! Of several rounds the best counts: what else the machine does can only add to them, cache misses included.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::cold::{HELLO, HELLO_DYNAMODB};
use crate::process::Memory;
use crate::raw_hash::{Hasher, hash_together};
use crate::runtime_api::Environment;
use crate::world::{Gateway, Request, World, json_of, read, refreshing, registration, signing_in, text};
use crate::{Bench, Failure, clock};

/// How many environments work at once.
const CONCURRENCIES: [usize; 2] = [1, 16];

/// What is measured besides the endpoints.
pub(crate) const RAW_HASH: &str = "raw Argon2id";

/// A load, and what it took in its best rounds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Load {
    pub(crate) what: String,
    pub(crate) concurrency: usize,
    pub(crate) per_second: f64,
    pub(crate) cpu_ms: f64,
}

/// All loads, and how large a process grew that hashed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Loads {
    pub(crate) loads: Vec<Load>,
    pub(crate) hashing_peak_mb: f64,
}

/// What one caller does over and over.
#[derive(Debug, Clone)]
enum Work {
    Hello,
    Register { prefix: String, count: u64 },
    SignIn { email: String },
    Refresh { token: String },
    Me { access: String },
}

/// An environment and the only caller that it has.
struct Caller {
    environment: Environment,
    work: Work,
}

/// What a round of one load took.
struct Round {
    count: f64,
    cpu_ms: f64,
    per_second: f64,
}

/// The processes, started once.
#[derive(Default)]
struct Fleet {
    hello: Vec<Environment>,
    hello_dynamodb: Vec<Environment>,
    auth: Vec<Environment>,
    account: Vec<Environment>,
    hashers: Vec<Hasher>,
}

/// Runs every load at every concurrency.
pub(crate) async fn measure(bench: &Bench, world: World) -> Result<Loads, Failure> {
    let mut world = world;
    let most = CONCURRENCIES.into_iter().max().unwrap_or(1);
    let mut people = Vec::new();
    for _ in 0..most {
        people.push(world.new_account().await?);
    }
    let mut fleet = Fleet::start(bench, &world, most).await?;
    let gateway = Arc::new(Gateway::new(&bench.template)?);
    let mut rounds: Vec<(&str, usize, Vec<Round>)> = Vec::new();
    for round in 0..bench.extent.rounds {
        for concurrency in CONCURRENCIES {
            let hashed = hash_together(&mut fleet.hashers, concurrency, bench.extent.round).await?;
            let hashed = Round { count: hashed.count, cpu_ms: hashed.cpu_ms, per_second: hashed.per_second };
            keep(&mut rounds, RAW_HASH, concurrency, hashed);
            for what in [HELLO, HELLO_DYNAMODB, "sign-in", "register", "refresh", "me"] {
                let works = works(what, &mut people, &mut world, concurrency, round).await?;
                let one = run(fleet.of(what), works, bench.extent.round, &gateway).await?;
                keep(&mut rounds, what, concurrency, one);
            }
        }
    }
    let peaks = fleet.auth.iter().map(|environment| environment.memory().map(Memory::peak_mb));
    let hashing_peak_mb = peaks.collect::<Result<Vec<_>, _>>()?.into_iter().fold(0.0, f64::max);
    let loads = rounds.into_iter().map(|(what, concurrency, rounds)| Load {
        what: what.to_owned(),
        concurrency,
        per_second: rounds.iter().map(|round| round.per_second).fold(0.0, f64::max),
        cpu_ms: rounds.iter().map(|round| round.cpu_ms / round.count).fold(f64::INFINITY, f64::min),
    });
    Ok(Loads { loads: loads.collect(), hashing_peak_mb })
}

fn keep<'a>(rounds: &mut Vec<(&'a str, usize, Vec<Round>)>, what: &'a str, concurrency: usize, round: Round) {
    match rounds.iter_mut().find(|(name, count, _)| (*name, *count) == (what, concurrency)) {
        Some((_, _, known)) => known.push(round),
        None => rounds.push((what, concurrency, vec![round])),
    }
}

/// What so many callers do. Who refreshes signs in anew first, since a refresh token works once.
async fn works(
    what: &str,
    people: &mut [Value],
    world: &mut World,
    concurrency: usize,
    round: usize,
) -> Result<Vec<Work>, Failure> {
    let mut works = Vec::new();
    for (number, person) in people.iter_mut().take(concurrency).enumerate() {
        let email = text(person.get("user").unwrap_or(&Value::Null), "email")?;
        works.push(match what {
            "sign-in" => Work::SignIn { email },
            "register" => Work::Register { prefix: format!("new{round}-{concurrency}-{number}"), count: 0 },
            "refresh" | "me" => {
                *person = world.sign_in(&email).await?;
                match what {
                    "me" => Work::Me { access: text(person, "access")? },
                    _ => Work::Refresh { token: text(person, "refresh")? },
                }
            }
            _ => Work::Hello,
        });
    }
    Ok(works)
}

/// Lets callers work in environments of their own for a time.
async fn run(
    environments: &mut Vec<Environment>,
    works: Vec<Work>,
    time: Duration,
    gateway: &Arc<Gateway>,
) -> Result<Round, Failure> {
    let mut callers = JoinSet::new();
    for (environment, work) in environments.drain(..works.len()).zip(works) {
        let gateway = Arc::clone(gateway);
        callers.spawn(async move { Caller { environment, work }.call_for(time, &gateway).await });
    }
    let mut round = Round { count: 0.0, cpu_ms: 0.0, per_second: 0.0 };
    while let Some(done) = callers.join_next().await {
        let (caller, own) = done??;
        environments.push(caller.environment);
        round.count += own.count;
        round.cpu_ms += own.cpu_ms;
        round.per_second += own.per_second;
    }
    Ok(round)
}

impl Caller {
    async fn call_for(mut self, time: Duration, gateway: &Gateway) -> Result<(Self, Round), Failure> {
        // One that is not counted: the connection to the store is there, and pages are in memory.
        self.call(gateway).await?;
        let before = self.environment.reading()?;
        let begun = clock::start();
        let mut count = 0_u32;
        while begun.elapsed() < time {
            self.call(gateway).await?;
            count += 1;
        }
        let per_second = f64::from(count) / begun.elapsed().as_secs_f64();
        let cpu_ms = self.environment.reading()?.since(&before).as_secs_f64() * 1e3;
        Ok((self, Round { count: f64::from(count), cpu_ms, per_second }))
    }

    async fn call(&mut self, gateway: &Gateway) -> Result<(), Failure> {
        let (request, expected) = match &mut self.work {
            Work::Hello => (Request::get("/"), StatusCode::OK),
            Work::Register { prefix, count } => {
                *count += 1;
                (registration(&format!("{prefix}-{count}@bench.example.com")), StatusCode::ACCEPTED)
            }
            Work::SignIn { email } => (signing_in(email), StatusCode::OK),
            Work::Refresh { token } => (refreshing(token), StatusCode::OK),
            Work::Me { access } => (Request::get("/api/auth/me").bearing(access), StatusCode::OK),
        };
        let (answer, _) = self.environment.exchange(gateway.event(&request)?.1).await?;
        let answer = read(&answer, expected, "a request under load")?;
        if let Work::Refresh { token } = &mut self.work {
            *token = text(&json_of(&answer), "refresh")?;
        }
        Ok(())
    }
}

impl Fleet {
    async fn start(bench: &Bench, world: &World, most: usize) -> Result<Self, Failure> {
        let (hello, hello_dynamodb) = (world.comparison(bench, HELLO)?, world.comparison(bench, HELLO_DYNAMODB)?);
        let (auth, account) = (world.function("auth")?, world.function("account")?);
        let mut fleet = Self::default();
        for _ in 0..most {
            fleet.hello.push(Environment::start(&hello).await?.0);
            fleet.hello_dynamodb.push(Environment::start(&hello_dynamodb).await?.0);
            fleet.auth.push(Environment::start(auth).await?.0);
            fleet.account.push(Environment::start(account).await?.0);
            fleet.hashers.push(Hasher::start(&bench.binaries).await?);
        }
        Ok(fleet)
    }

    fn of(&mut self, what: &str) -> &mut Vec<Environment> {
        match what {
            "me" => &mut self.account,
            HELLO => &mut self.hello,
            HELLO_DYNAMODB => &mut self.hello_dynamodb,
            _ => &mut self.auth,
        }
    }
}
