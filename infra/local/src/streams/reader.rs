//! Reads a table's stream from a checkpoint.

use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::{Database, DynoxideError, streams};
use serde_json::Value;

/// The region that events name; the engine's own name for it is no region of AWS.
const REGION: &str = "us-east-1";

/// The records after a sequence number (from the oldest when `None`), at most `limit`, as Lambda events carry them.
pub fn records_after(
    database: &Database,
    table: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Value>, DynoxideError> {
    // The engine keeps one stream per table and looks only at the name, so the label may be any.
    let stream_arn = streams::stream_arn(table, "local");
    let source_arn = stream_arn.replace(streams::LOCAL_REGION, REGION);
    let iterator = database.get_shard_iterator(GetShardIteratorRequest {
        stream_arn,
        shard_id: streams::shard_id(table),
        shard_iterator_type: if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" }.to_owned(),
        sequence_number: after.map(str::to_owned),
    })?;
    let shard_iterator = iterator.shard_iterator.unwrap_or_default();
    let read = database.get_records(GetRecordsRequest { shard_iterator, limit: Some(limit) })?;
    read.records
        .iter()
        .map(|record| {
            let mut record =
                serde_json::to_value(record).map_err(|error| DynoxideError::InternalServerError(error.to_string()))?;
            if let Some(object) = record.as_object_mut() {
                object.insert("awsRegion".to_owned(), Value::from(REGION));
                object.insert("eventSourceARN".to_owned(), Value::from(source_arn.clone()));
            }
            Ok(record)
        })
        .collect()
}

/// A record's place in the stream; empty when it has none.
pub fn sequence_number(record: &Value) -> &str {
    record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::dynamodb::Event;
    use dynoxide::actions::put_item::PutItemRequest;
    use serde_json::json;

    use super::*;
    use crate::template::Template;

    #[test]
    fn a_checkpoint_continues_where_it_stopped_and_the_records_read_as_lambda_events() {
        let template = Template::read("../template.yaml").unwrap();
        let table = template.tables.iter().find(|table| table.has_stream).unwrap();
        let database = Database::memory().unwrap();
        database.create_table(table.create_request().unwrap()).unwrap();
        for sk in ["a", "b", "c"] {
            let item = json!({"TableName": table.name, "Item": {"pk": {"S": "p"}, "sk": {"S": sk}}});
            database.put_item(serde_json::from_value::<PutItemRequest>(item).unwrap()).unwrap();
        }
        let first = records_after(&database, &table.name, None, 2).unwrap();
        assert_eq!(first.len(), 2);
        let rest = records_after(&database, &table.name, Some(sequence_number(&first[1])), 10).unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0]["dynamodb"]["NewImage"]["sk"]["S"], "c");
        let event: Event = serde_json::from_value(json!({"Records": rest})).unwrap();
        assert_eq!(event.records[0].event_name, "INSERT");
        assert!(records_after(&database, &table.name, Some(sequence_number(&rest[0])), 10).unwrap().is_empty());
    }
}
