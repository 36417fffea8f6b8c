//! The Lambda function `exporter`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey_exporter::{PROCESS, SECRETS, handle, worker};
use latchkey_identity::app::App;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::telemetry::reports_sent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let worker = worker(App::start(PROCESS, SECRETS).await?);
    let answer = async |event: LambdaEvent<_>| {
        let done = handle(&worker, event.payload, system_now()).await;
        reports_sent().await;
        Ok::<_, lambda_runtime::Error>(done)
    };
    lambda_runtime::run(service_fn(answer)).await
}
