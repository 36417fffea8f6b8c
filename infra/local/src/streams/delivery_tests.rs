//! Batches through a function that fails in every way a function can.

use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_800_000_000;

fn mapping(bisect: bool, retries: u32) -> StreamMapping {
    StreamMapping {
        table: "MainTable".into(),
        function: "mailer".into(),
        batch_size: 10,
        filters: Vec::new(),
        maximum_retry_attempts: Some(retries),
        maximum_record_age_seconds: Some(3600),
        bisect_batch_on_function_error: bisect,
        report_batch_item_failures: true,
        dead_letter_queue: Some("DeadLetterQueue".into()),
    }
}

fn records(names: &str) -> Vec<Value> {
    let record =
        |name: char| json!({"dynamodb": {"SequenceNumber": name.to_string(), "ApproximateCreationDateTime": NOW - 10}});
    names.chars().map(record).collect()
}

/// Delivers; answers the batches that the function saw, and the dead letters.
fn deliver(
    mapping: &StreamMapping,
    names: &str,
    mut function: impl FnMut(&str) -> Outcome,
) -> (Vec<String>, Vec<DeadLetter>) {
    let mut delivery = Delivery::new(mapping, &records(names));
    let mut seen = Vec::new();
    while let Some(event) = delivery.next_event(Timestamp::from_second(NOW).unwrap()) {
        let batch: String = event["Records"].as_array().unwrap().iter().map(sequence_number).collect();
        delivery.settle(&function(&batch));
        seen.push(batch);
        assert!(seen.len() < 100, "it does not end: {seen:?}");
    }
    (seen, delivery.dead_letters().to_vec())
}

fn failing(names: &[&str]) -> Outcome {
    let failures: Vec<Value> = names.iter().map(|name| json!({"itemIdentifier": name})).collect();
    Outcome::Returned(json!({"batchItemFailures": failures}))
}

#[test]
fn a_batch_that_succeeds_is_delivered_once() {
    for answer in [json!(null), json!({}), json!({"batchItemFailures": []}), json!({"batchItemFailures": null})] {
        let (seen, dead) = deliver(&mapping(true, 3), "abc", |_| Outcome::Returned(answer.clone()));
        assert_eq!((seen, dead.len()), (vec!["abc".to_owned()], 0));
    }
}

#[test]
fn more_records_than_a_batch_holds_come_in_several() {
    let (seen, _) = deliver(&mapping(true, 3), "abcdefghijkl", |_| failing(&[]));
    assert_eq!(seen, ["abcdefghij", "kl"]);
}

#[test]
fn delivery_resumes_from_the_lowest_named_failure_so_later_successes_come_again() {
    let mut first = true;
    let (seen, dead) = deliver(&mapping(true, 3), "abcd", |_| {
        let outcome = if first { failing(&["d", "b"]) } else { failing(&[]) };
        first = false;
        outcome
    });
    assert_eq!((seen, dead.len()), (vec!["abcd".to_owned(), "bcd".to_owned()], 0));
}

#[test]
fn a_poison_record_is_isolated_and_everything_else_is_delivered() {
    let mut done = String::new();
    let (_, dead) = deliver(&mapping(true, 2), "abcd", |batch| {
        if batch.contains('c') {
            return Outcome::Failed;
        }
        done.push_str(batch);
        failing(&[])
    });
    assert_eq!(done, "abd");
    assert_eq!(dead.len(), 1);
    assert_eq!(
        (dead[0].condition, dead[0].sequence_numbers.as_slice()),
        ("RetryAttemptsExhausted", &["c".to_owned()][..])
    );
}

#[test]
fn without_bisecting_the_whole_rest_is_given_up_after_its_retries() {
    let (seen, dead) = deliver(&mapping(false, 3), "ab", |_| Outcome::Failed);
    assert_eq!(seen, ["ab", "ab", "ab", "ab"]);
    assert_eq!(dead[0].sequence_numbers, ["a", "b"]);
    assert_eq!(dead[0].invocations, 4);
}

#[test]
fn an_unknown_or_empty_name_fails_the_whole_batch() {
    for name in ["", "zzz"] {
        let mut calls = 0;
        let (seen, _) = deliver(&mapping(false, 3), "ab", |_| {
            calls += 1;
            if calls == 1 { failing(&[name]) } else { failing(&[]) }
        });
        assert_eq!(seen, ["ab", "ab"]);
    }
}

#[test]
fn records_that_grew_too_old_are_given_up_without_the_function() {
    let mapping = mapping(true, 3);
    let mut delivery = Delivery::new(&mapping, &records("ab"));
    assert_eq!(delivery.next_event(Timestamp::from_second(NOW + 3600).unwrap()), None);
    assert_eq!(delivery.dead_letters()[0].condition, "RecordAgeExceeded");
    let message = delivery.dead_letters()[0].message(&mapping, Timestamp::from_second(NOW).unwrap());
    assert_eq!(message["DDBStreamBatchInfo"]["startSequenceNumber"], "a");
}
