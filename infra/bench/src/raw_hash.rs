//! Processes that do nothing but hash: what sign-in is held against.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout};

use crate::Failure;
use crate::process::Process;

/// One such process.
pub(crate) struct Hasher {
    process: Process,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// What hashing together took.
#[derive(Debug, Default)]
pub(crate) struct Hashed {
    pub(crate) count: f64,
    pub(crate) cpu_ms: f64,
    pub(crate) per_second: f64,
}

impl Hasher {
    /// Starts a process and waits until it has made its first hash.
    pub(crate) async fn start(binaries: &Path) -> Result<Self, Failure> {
        let mut process = Process::converse(&binaries.join("bench-argon2id"))?;
        let orders = process.child().stdin.take().ok_or("no pipe to a process")?;
        let answers = process.child().stdout.take().ok_or("no pipe from a process")?;
        let mut hasher = Self { process, orders, answers: BufReader::new(answers).lines() };
        match hasher.answer().await?.as_str() {
            "ready" => Ok(hasher),
            other => Err(format!("bench-argon2id said {other}").into()),
        }
    }

    async fn answer(&mut self) -> Result<String, Failure> {
        Ok(self.answers.next_line().await?.ok_or("bench-argon2id ended")?)
    }
}

/// Lets the first so many hash for a time, all at once.
pub(crate) async fn hash_together(
    hashers: &mut [Hasher],
    concurrency: usize,
    time: Duration,
) -> Result<Hashed, Failure> {
    let mut before = Vec::new();
    for hasher in hashers.iter_mut().take(concurrency) {
        before.push(hasher.process.reading()?);
        hasher.orders.write_all(format!("{}\n", time.as_millis()).as_bytes()).await?;
    }
    let mut all = Hashed::default();
    for (hasher, before) in hashers.iter_mut().zip(&before) {
        let answer = hasher.answer().await?;
        let (count, nanos) = answer.split_once(' ').ok_or("bench-argon2id answers two numbers")?;
        let (count, nanos): (f64, f64) = (count.parse()?, nanos.parse()?);
        all.count += count;
        all.per_second += count / nanos * 1e9;
        all.cpu_ms += hasher.process.reading()?.since(before).as_secs_f64() * 1e3;
    }
    Ok(all)
}
