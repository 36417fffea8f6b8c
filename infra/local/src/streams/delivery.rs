//! One batch of stream records on its way through a function, until every record is handled or given up.
//!
//! Lambda's rules: a named failure makes it resume from the lowest failed sequence number, so records after it come
//! again; an error of the whole function splits the batch in two where the mapping says so, which does not use up a
//! retry; a batch that is out of retries, or too old, leaves only a dead letter with its place in the stream.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>
//! The rules are a machine without time or sockets: the caller invokes, tells the outcome, and waits as told.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::sequence_number;
use crate::template::StreamMapping;

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The function returned this.
    Returned(Value),
    /// The function failed, was cut off, or could not be reached.
    Failed,
}

/// What the queue hears of records that were given up: their place, not their data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// `RetryAttemptsExhausted` or `RecordAgeExceeded`.
    pub condition: &'static str,
    /// The sequence numbers of the records, in their order.
    pub sequence_numbers: Vec<String>,
    /// How often the function was tried with them.
    pub invocations: u32,
}

/// A batch being delivered.
#[derive(Debug)]
pub struct Delivery<'a> {
    mapping: &'a StreamMapping,
    waiting: VecDeque<Attempt>,
    dead: Vec<DeadLetter>,
}

#[derive(Debug)]
struct Attempt {
    records: Vec<Value>,
    invocations: u32,
    retries: u32,
}

impl<'a> Delivery<'a> {
    /// Starts with records that passed the filter; more than a batch of them are cut into batches.
    pub fn new(mapping: &'a StreamMapping, records: &[Value]) -> Self {
        let size = mapping.batch_size.max(1);
        let waiting =
            records.chunks(size).map(|batch| Attempt { records: batch.to_vec(), invocations: 0, retries: 0 }).collect();
        Self { mapping, waiting, dead: Vec::new() }
    }

    /// The event of the next invocation; `None` when nothing is left to deliver.
    pub fn next_event(&mut self, now: Timestamp) -> Option<Value> {
        while let Some(attempt) = self.waiting.front_mut() {
            if let Some(limit) = self.mapping.maximum_record_age_seconds {
                let old = attempt.records.partition_point(|record| age_seconds(record, now) > limit);
                let given_up: Vec<Value> = attempt.records.drain(..old).collect();
                if !given_up.is_empty() {
                    let invocations = attempt.invocations;
                    self.dead.push(DeadLetter::new("RecordAgeExceeded", &given_up, invocations));
                }
            }
            if attempt.records.is_empty() {
                self.waiting.pop_front();
                continue;
            }
            return Some(json!({ "Records": attempt.records }));
        }
        None
    }

    /// Takes the outcome of the last event; answers how long to wait before the next one.
    pub fn settle(&mut self, outcome: &Outcome) -> Duration {
        let Some(mut attempt) = self.waiting.pop_front() else {
            return Duration::ZERO;
        };
        attempt.invocations += 1;
        let Some(resume_at) = self.first_failure(&attempt.records, outcome) else {
            return Duration::ZERO;
        };
        attempt.records.drain(..resume_at);
        let progressed = resume_at > 0;
        let splits = self.mapping.bisect_batch_on_function_error && attempt.records.len() > 1;
        if self.mapping.bisect_batch_on_function_error && progressed {
            // The batch was cut where the function said: that is a split, not a retry.
            self.waiting.push_front(attempt);
        } else if splits {
            let second = attempt.records.split_off(attempt.records.len() / 2);
            let Attempt { invocations, retries, .. } = attempt;
            self.waiting.push_front(Attempt { records: second, invocations, retries });
            self.waiting.push_front(attempt);
        } else if self.mapping.maximum_retry_attempts.is_some_and(|most| attempt.retries >= most) {
            self.dead.push(DeadLetter::new("RetryAttemptsExhausted", &attempt.records, attempt.invocations));
            return Duration::ZERO;
        } else {
            attempt.retries += 1;
            let wait = Duration::from_millis(250 << attempt.retries.min(7));
            self.waiting.push_front(attempt);
            return wait;
        }
        Duration::ZERO
    }

    /// What was given up so far.
    pub fn dead_letters(&self) -> &[DeadLetter] {
        &self.dead
    }

    /// Where the batch must resume; `None` when all of it is done.
    fn first_failure(&self, records: &[Value], outcome: &Outcome) -> Option<usize> {
        let Outcome::Returned(returned) = outcome else {
            return Some(0);
        };
        if !self.mapping.report_batch_item_failures {
            return None;
        }
        let failures = match returned.get("batchItemFailures") {
            None | Some(Value::Null) => return None,
            Some(Value::Array(failures)) => failures,
            Some(_) => return Some(0),
        };
        let mut lowest: Option<usize> = None;
        for failure in failures {
            let named = failure.get("itemIdentifier").and_then(Value::as_str).unwrap_or_default();
            // A name that is empty or not of this batch fails the whole of it.
            let position = records.iter().position(|record| sequence_number(record) == named).unwrap_or(0);
            lowest = Some(lowest.map_or(position, |earlier| earlier.min(position)));
        }
        lowest
    }
}

impl DeadLetter {
    fn new(condition: &'static str, records: &[Value], invocations: u32) -> Self {
        let sequence_numbers = records.iter().map(|record| sequence_number(record).to_owned()).collect();
        Self { condition, sequence_numbers, invocations }
    }

    /// The message of the queue, in Lambda's shape.
    pub fn message(&self, mapping: &StreamMapping, now: Timestamp) -> Value {
        json!({
            "requestContext": {
                "functionArn": format!("arn:aws:lambda:us-east-1:000000000000:function:{}", mapping.function),
                "condition": self.condition,
                "approximateInvokeCount": self.invocations,
            },
            "version": "1.0",
            "timestamp": now.to_string(),
            "DDBStreamBatchInfo": {
                "shardId": dynoxide::streams::shard_id(&mapping.table),
                "startSequenceNumber": self.sequence_numbers.first(),
                "endSequenceNumber": self.sequence_numbers.last(),
                "batchSize": self.sequence_numbers.len(),
                "streamArn": dynoxide::streams::stream_arn(&mapping.table, "local"),
            },
        })
    }
}

fn age_seconds(record: &Value, now: Timestamp) -> i64 {
    let created = record.pointer("/dynamodb/ApproximateCreationDateTime").and_then(Value::as_f64);
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit; the fraction does not matter")]
    created.map_or(0, |seconds| now.as_second() - seconds as i64)
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
