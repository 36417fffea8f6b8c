//! What wakes the workers: table streams and schedules, written as events of their functions.

use serde::Deserialize;
use serde_json::Value;

use super::functions::{Function, KIND, bin_of};
use super::{Resources, TemplateError, at, typed};
use crate::schedules::Expression;
use crate::streams::Pattern;

/// A function that reads a table's stream.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html>
#[derive(Debug, Clone)]
pub struct StreamMapping {
    /// The table whose stream is read.
    pub table: String,
    /// The binary of the function.
    pub function: String,
    /// The most records of one invocation.
    pub batch_size: usize,
    /// Records that match none of these are skipped; empty matches all.
    pub filters: Vec<Pattern>,
    /// How often a failed batch is tried again; `None` means until the records are too old.
    pub maximum_retry_attempts: Option<u32>,
    /// The age in seconds at which a record is given up; `None` means never.
    pub maximum_record_age_seconds: Option<i64>,
    /// Whether a failed batch is split in two.
    pub bisect_batch_on_function_error: bool,
    /// Whether the function's answer may name the records that failed.
    pub report_batch_item_failures: bool,
    /// The queue (its logical id) that hears of records given up.
    pub dead_letter_queue: Option<String>,
}

/// A schedule that invokes a function.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// `FunctionLogicalId.EventName`: what its state is remembered under.
    pub name: String,
    /// The binary of the function.
    pub function: String,
    /// When it is due.
    pub expression: Expression,
    /// The event, in which `<aws.scheduler.scheduled-time>` is still to be filled in.
    pub input: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StreamProperties {
    stream: String,
    starting_position: String,
    #[serde(default = "lambdas_batch_size")]
    batch_size: usize,
    #[serde(default)]
    filter_criteria: FilterCriteria,
    maximum_retry_attempts: Option<i64>,
    maximum_record_age_in_seconds: Option<i64>,
    #[serde(default)]
    bisect_batch_on_function_error: bool,
    #[serde(default)]
    function_response_types: Vec<String>,
    destination_config: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    pattern: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleProperties {
    schedule_expression: String,
    schedule_expression_timezone: Option<String>,
    #[serde(default = "empty_object")]
    input: String,
}

const fn lambdas_batch_size() -> usize {
    100
}

fn empty_object() -> String {
    "{}".to_owned()
}

pub(super) fn streams(resources: &Resources, functions: &[Function]) -> Result<Vec<StreamMapping>, TemplateError> {
    events(resources, "DynamoDB")
        .map(|(id, name, properties)| {
            let place = format!("{id}.{name}");
            let declared: StreamProperties = typed(&place, properties)?;
            // Only these two readings of "where to start" differ, and only one of them loses nothing.
            if declared.starting_position != "TRIM_HORIZON" {
                return Err(at(&place, "StartingPosition must be TRIM_HORIZON, or what was written before is lost"));
            }
            let patterns = declared.filter_criteria.filters.iter();
            let queue =
                declared.destination_config.as_ref().and_then(|config| config.pointer("/OnFailure/Destination"));
            Ok(StreamMapping {
                table: table_name(resources, &declared.stream)
                    .ok_or_else(|| at(&place, format!("{} is not a table's stream", declared.stream)))?,
                function: bin_of(functions, id).unwrap_or_default(),
                batch_size: declared.batch_size,
                filters: patterns
                    .map(|filter| Pattern::parse(&filter.pattern).map_err(|error| at(&place, error.to_string())))
                    .collect::<Result<_, _>>()?,
                maximum_retry_attempts: declared.maximum_retry_attempts.and_then(|count| u32::try_from(count).ok()),
                maximum_record_age_seconds: declared.maximum_record_age_in_seconds.filter(|age| *age >= 0),
                bisect_batch_on_function_error: declared.bisect_batch_on_function_error,
                report_batch_item_failures: declared
                    .function_response_types
                    .iter()
                    .any(|kind| kind == "ReportBatchItemFailures"),
                dead_letter_queue: queue
                    .and_then(Value::as_str)
                    .and_then(|arn| arn.split('.').next())
                    .map(str::to_owned),
            })
        })
        .collect()
}

pub(super) fn schedules(resources: &Resources, functions: &[Function]) -> Result<Vec<Schedule>, TemplateError> {
    events(resources, "ScheduleV2")
        .map(|(id, name, properties)| {
            let place = format!("{id}.{name}");
            let declared: ScheduleProperties = typed(&place, properties)?;
            let zone = declared.schedule_expression_timezone.as_deref().unwrap_or("UTC");
            let expression = Expression::parse(&declared.schedule_expression, zone)
                .map_err(|error| at(&place, error.to_string()))?;
            Ok(Schedule {
                name: place,
                function: bin_of(functions, id).unwrap_or_default(),
                expression,
                input: declared.input,
            })
        })
        .collect()
}

/// Every event of one kind: the function's logical id, the event's name, its properties.
fn events<'a>(resources: &'a Resources, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a Value)> {
    resources.of_kind(KIND).flat_map(move |(id, properties)| {
        let declared = properties.get("Events").and_then(Value::as_object).into_iter().flatten();
        declared
            .filter(move |(_, event)| event.get("Type").and_then(Value::as_str) == Some(kind))
            .filter_map(move |(name, event)| Some((id, name.as_str(), event.get("Properties")?)))
    })
}

fn table_name(resources: &Resources, reference: &str) -> Option<String> {
    let id = reference.strip_suffix(".StreamArn")?;
    let table = resources.get(id, "AWS::DynamoDB::Table")?;
    Some(table.get("TableName").and_then(Value::as_str).unwrap_or(id).to_owned())
}
