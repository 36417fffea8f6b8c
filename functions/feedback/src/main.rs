//! The Lambda function `feedback`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey_feedback::{Event, PROCESS, handle};
use latchkey_identity::registry;
use latchkey_kernel::mail::Feedback;
use latchkey_kernel::telemetry::reports_sent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let feedback = Feedback::start(PROCESS, registry::entities()).await?;
    let answer = async |event: LambdaEvent<Event>| {
        let done = handle(&feedback, event.payload).await;
        reports_sent().await;
        done.map_err(lambda_runtime::Error::from)
    };
    lambda_runtime::run(service_fn(answer)).await
}
