//! A batch of the outbox's stream, answered as Lambda wants it.

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};

/// Takes the records of a batch one after the other, and names those that should come again: those for which `take` says
/// so. Work goes on past one of them, which must not hold up the others.
pub async fn batch(event: &Event, take: impl AsyncFn(&EventRecord) -> bool) -> DynamoDbEventResponse {
    let mut answer = DynamoDbEventResponse::default();
    for record in &event.records {
        // Boxed: futures that lie inside one another, all the way up to the handler, grow too deep to be compiled.
        if Box::pin(take(record)).await {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier.clone_from(&record.change.sequence_number);
            answer.batch_item_failures.push(failure);
        }
    }
    answer
}
