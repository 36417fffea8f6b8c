//! Turning the crank: the stream's records to the workers, as Lambda would hand them over on a bad day.

use latchkey_identity::registry;
use latchkey_kernel::geo::{MaxMind, Update};
use latchkey_kernel::mail::{Feedback, Renderer, Sender};
use latchkey_kernel::outbox::Mailer;
use latchkey_kernel::secret::Held;
use latchkey_local::streams::sequence_number;
use latchkey_scheduler::{Scheduler, Task, TaskError};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::connector;
use crate::engine::FUNCTION;

/// How often a record that was not carried out is brought again before Lambda gives it up.
const RETRIES: usize = 3;

impl TestApp {
    /// Brings every new record that passes the template's filters to its worker: shuffled across items, some of
    /// them twice, in batches of any size, and those that failed again. What the workers write makes new records, so it
    /// goes on until there are none.
    pub async fn run_workers(&self) {
        loop {
            let records = self.new_records();
            if records.iter().all(|(_, records)| records.is_empty()) {
                return;
            }
            for (function, records) in records {
                Box::pin(self.run_worker(&function, records)).await;
            }
        }
    }

    async fn run_worker(&self, function: &str, mut records: Vec<Value>) {
        for _ in 0..=RETRIES {
            self.shuffle(&mut records);
            let mut again = Vec::new();
            while !records.is_empty() {
                let size = 1 + usize::try_from(self.engine.random_below(3)).unwrap();
                let batch: Vec<Value> = records.drain(..size.min(records.len())).collect();
                let event = json!({ "Records": batch });
                let failed = match function {
                    "mailer" => self.invoke_mailer(event).await,
                    "exporter" => self.invoke_exporter(event).await,
                    other => panic!("{other} reads a stream and is not run"),
                };
                again
                    .extend(batch.into_iter().filter(|record| failed.iter().any(|one| one == sequence_number(record))));
            }
            records = again;
        }
    }

    /// Runs the exporter with an event; the sequence numbers of the records that should come again.
    pub async fn invoke_exporter(&self, event: Value) -> Vec<String> {
        let event = serde_json::from_value(event).unwrap();
        let worker = latchkey_exporter::worker(self.environment("exporter"));
        let work = FUNCTION.scope("exporter", latchkey_exporter::handle(&worker, event, self.now()));
        let answer = Box::pin(work).await;
        answer.batch_item_failures.into_iter().filter_map(|failure| failure.item_identifier).collect()
    }

    /// Runs the scheduler's nightly clearing away, at the time of the clock.
    pub async fn clear_away(&self) -> Result<(), TaskError> {
        self.try_scheduler(json!({ "task": "clear-away", "time": self.now() })).await
    }

    /// Runs the mailer with an event; the sequence numbers of the records that should come again.
    pub async fn invoke_mailer(&self, event: Value) -> Vec<String> {
        let event = serde_json::from_value(event).unwrap();
        let answer = FUNCTION.scope("mailer", latchkey_mailer::handle(&self.mailer(), event, self.now())).await;
        answer.batch_item_failures.into_iter().filter_map(|failure| failure.item_identifier).collect()
    }

    /// Runs the function that hears from SES with an event.
    pub async fn invoke_feedback(&self, event: Value) {
        let event = serde_json::from_value(event).unwrap();
        let feedback = Feedback {
            store: self.app.store.clone(),
            macs: Held::new(self.secret_source()),
            metrics: self.app.metrics.clone(),
        };
        FUNCTION.scope("feedback", latchkey_feedback::handle(&feedback, event)).await.unwrap();
    }

    /// Runs the scheduler's re-driving, at the time of the clock.
    pub async fn redrive_outbox(&self) {
        self.invoke_scheduler(json!({ "task": "redrive-outbox", "time": self.now() })).await;
    }

    /// Runs the scheduler with an event.
    pub async fn invoke_scheduler(&self, event: Value) {
        self.try_scheduler(event).await.unwrap();
    }

    /// Runs the scheduler's fetching of the database of places, at the time of the clock.
    pub async fn update_places(&self) -> Result<(), TaskError> {
        self.try_scheduler(json!({ "task": "update-places", "time": self.now() })).await
    }

    async fn try_scheduler(&self, event: Value) -> Result<(), TaskError> {
        let task: Task = serde_json::from_value(event).unwrap();
        let places = Update {
            secrets: self.secret_source(),
            maxmind: MaxMind::new(self.downloads.outbound(), self.config_of("scheduler").places.url.clone()),
            bucket: Some(self.shelf.bucket("scheduler")),
            metrics: self.app.metrics.clone(),
        };
        let scheduler = Scheduler { store: self.app.store.clone(), metrics: self.app.metrics.clone(), places };
        FUNCTION.scope("scheduler", latchkey_scheduler::handle(&scheduler, &task)).await
    }

    /// The records of new outbox items of this kind since the stream began, however often they were brought already.
    pub fn stream_records(&self, outbox: &str) -> Vec<Value> {
        let new =
            |record: &Value| record["eventName"] == "INSERT" && record["dynamodb"]["NewImage"]["outbox"]["S"] == outbox;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let records = self.engine.records_after("MainTable", after.as_deref());
            let Some(last) = records.last() else { return found };
            after = Some(sequence_number(last).to_owned());
            found.extend(records.into_iter().filter(new));
        }
    }

    /// The stream begins anew: every record comes again.
    pub fn replay_stream(&self) {
        *self.checkpoint.lock().unwrap() = None;
    }

    /// The stream loses what it holds, as after 24 hours.
    pub fn forget_stream(&self) {
        self.new_records();
    }

    fn mailer(&self) -> Mailer {
        let config = self.config_of("mailer");
        Mailer {
            store: self.app.store.clone(),
            sealing: Held::new(self.secret_source()),
            renderer: Renderer::new(&config, registry::mails()).unwrap(),
            sender: Sender::new(connector::ses(&self.inbox, &self.clock), &config),
            metrics: self.app.metrics.clone(),
            entropy: self.app.entropy.clone(),
        }
    }

    /// The records since the last time for each function that reads the stream, as far as the template's filters let them
    /// through; a third of them twice.
    fn new_records(&self) -> Vec<(String, Vec<Value>)> {
        let template = crate::template();
        let mut passed: Vec<_> = template.streams.iter().map(|one| (one.function.clone(), Vec::new())).collect();
        loop {
            let after = self.checkpoint.lock().unwrap().clone();
            let records = self.engine.records_after("MainTable", after.as_deref());
            let Some(last) = records.last() else { return passed };
            *self.checkpoint.lock().unwrap() = Some(sequence_number(last).to_owned());
            for record in records {
                for (mapping, (_, passed)) in template.streams.iter().zip(&mut passed) {
                    if mapping.wants(&record) {
                        let times = if self.engine.random_below(3) == 0 { 2 } else { 1 };
                        passed.extend(std::iter::repeat_n(record.clone(), times));
                    }
                }
            }
        }
    }

    fn shuffle(&self, records: &mut [Value]) {
        for last in (1..records.len()).rev() {
            let other = usize::try_from(self.engine.random_below(last as u64 + 1)).unwrap();
            records.swap(last, other);
        }
    }
}
