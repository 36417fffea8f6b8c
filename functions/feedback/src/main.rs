//! The Lambda function `feedback`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::mail::Feedback;
use latchkey_feedback::{Event, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let feedback = Feedback::start().await?;
    let answer =
        async |event: LambdaEvent<Event>| handle(&feedback, event.payload).await.map_err(lambda_runtime::Error::from);
    lambda_runtime::run(service_fn(answer)).await
}
