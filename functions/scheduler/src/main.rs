//! The Lambda function `scheduler`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey_identity::registry;
use latchkey_kernel::start::start_scheduled;
use latchkey_kernel::telemetry::reports_sent;
use latchkey_scheduler::{PROCESS, Scheduler, Task, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let (store, metrics, places) = start_scheduled(PROCESS, registry::entities())?;
    let scheduler = Scheduler { store, metrics, places };
    let carry_out = async |event: LambdaEvent<Task>| {
        let done = handle(&scheduler, &event.payload).await;
        reports_sent().await;
        done.map_err(lambda_runtime::Error::from)
    };
    lambda_runtime::run(service_fn(carry_out)).await
}
