//! Carries stream records to the functions that read them.
//!
//! The checkpoint moves only after a batch is settled, so a kill in between delivers the batch again: at least once,
//! as on AWS.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use latchkey_local::streams::{DeadLetter, Delivery, Outcome, records_after, sequence_number};
use latchkey_local::template::StreamMapping;
use serde_json::Value;

use crate::Failure;
use crate::clock::LocalClock;
use crate::lambda::{InvokeError, Lambda};
use crate::options::Settings;
use crate::state::StateFile;

/// How long a poll that found nothing waits; on AWS it is up to a second.
const IDLE: Duration = Duration::from_millis(200);
/// The most records of one read.
const READ_AT_ONCE: usize = 100;
/// Far above the template's timeout: the first invocation may have to wait for a build.
const PATIENCE: Duration = Duration::from_mins(5);

struct Poller {
    mapping: StreamMapping,
    database: Database,
    lambda: Lambda,
    checkpoint: StateFile,
    dead_letters: PathBuf,
}

/// Starts a poller for each mapping.
pub(crate) fn poll(settings: &Settings, mappings: &[StreamMapping], database: &Database, lambda: &Lambda) {
    for mapping in mappings {
        let name = format!("checkpoint-{}-{}.json", mapping.table, mapping.function);
        let poller = Arc::new(Poller {
            mapping: mapping.clone(),
            database: database.clone(),
            lambda: lambda.clone(),
            checkpoint: StateFile::new(&settings.local, &name),
            dead_letters: settings.local.join("dead-letters.jsonl"),
        });
        tokio::spawn(async move {
            loop {
                match poller.step().await {
                    Ok(true) => {}
                    Ok(false) => tokio::time::sleep(IDLE).await,
                    Err(failure) => {
                        eprintln!("stream of {}: {failure}", poller.mapping.table);
                        tokio::time::sleep(Duration::from_secs(5)).await;
                    }
                }
            }
        });
    }
}

impl Poller {
    /// Reads once and delivers what was read; tells whether there was anything.
    async fn step(&self) -> Result<bool, Failure> {
        let after: Option<String> = self.checkpoint.read()?;
        let records = records_after(&self.database, &self.mapping.table, after.as_deref(), READ_AT_ONCE)?;
        let Some(last) = records.last().map(|record| sequence_number(record).to_owned()) else {
            return Ok(false);
        };
        let wanted: Vec<Value> = records.into_iter().filter(|record| self.mapping.wants(record)).collect();
        for batch in wanted.chunks(self.mapping.batch_size.max(1)) {
            self.deliver(batch).await?;
            self.checkpoint.write(&batch.last().map(sequence_number))?;
        }
        self.checkpoint.write(&last)?;
        Ok(true)
    }

    async fn deliver(&self, batch: &[Value]) -> Result<(), Failure> {
        let mut delivery = Delivery::new(&self.mapping, batch);
        while let Some(event) = delivery.next_event(LocalClock::machine()) {
            let outcome = self.invoke(&event).await;
            tokio::time::sleep(delivery.settle(&outcome)).await;
        }
        delivery.dead_letters().iter().try_for_each(|letter| self.bury(letter))
    }

    /// Invokes; a function that cannot be reached is being built or restarted, which is no failure of the batch.
    async fn invoke(&self, event: &Value) -> Outcome {
        let function = &self.mapping.function;
        loop {
            match self.lambda.invoke(function, event, PATIENCE).await {
                Ok(returned) => return Outcome::Returned(returned),
                Err(InvokeError::Unreachable(why)) => {
                    eprintln!("{function} cannot be reached, trying again: {why}");
                    tokio::time::sleep(Duration::from_secs(3)).await;
                }
                Err(error) => {
                    eprintln!("{function} failed: {error}");
                    return Outcome::Failed;
                }
            }
        }
    }

    fn bury(&self, letter: &DeadLetter) -> Result<(), Failure> {
        let message = letter.message(&self.mapping, LocalClock::machine());
        eprintln!(
            "{} gave up {} record(s): {}",
            self.mapping.function,
            letter.sequence_numbers.len(),
            letter.condition
        );
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.dead_letters)?;
        Ok(writeln!(file, "{message}")?)
    }
}
