//! The Lambda function `scheduler`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::app::start_store;
use latchkey_scheduler::{Task, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (store, metrics) = start_store().await?;
    let carry_out = async |event: LambdaEvent<Task>| {
        handle(&store, &metrics, &event.payload).await.map_err(lambda_runtime::Error::from)
    };
    lambda_runtime::run(service_fn(carry_out)).await
}
