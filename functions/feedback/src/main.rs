//! The Lambda function `feedback`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::mail::Feedback;
use latchkey::telemetry::reports_sent;
use latchkey_feedback::{Event, PROCESS, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let feedback = Feedback::start(PROCESS).await?;
    let answer = async |event: LambdaEvent<Event>| {
        let done = handle(&feedback, event.payload).await;
        reports_sent().await;
        done.map_err(lambda_runtime::Error::from)
    };
    lambda_runtime::run(service_fn(answer)).await
}
