//! `mailer`: the outbox's stream to SES.

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::DynamoDbEventResponse;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::config::Process;
use latchkey_kernel::outbox::{Delivery, Mailer, batch};
use latchkey_kernel::telemetry::chain;

/// Which function it is.
pub const PROCESS: Process = Process::Worker("mailer");

/// Carries out the items of a batch, one after the other, and names those that should come again.
///
/// Lambda resumes a stream at the first failure it is told of, so what follows it comes again as well; that is
/// harmless, since each item is claimed before it is sent. Work goes on past a failure: one mail that cannot be
/// sent now must not hold up the others.
pub async fn handle(mailer: &Mailer, event: Event, now: Timestamp) -> DynamoDbEventResponse {
    batch(&event, async |record| match mailer.deliver(record, now).await {
        Ok(Delivery::Done | Delivery::Nothing | Delivery::Buried) => false,
        Ok(Delivery::Deferred) => true,
        Err(error) => {
            tracing::error!(error = chain(&error), "an outbox item could not be looked at");
            true
        }
    })
    .await
}
