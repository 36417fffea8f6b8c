//! The Lambda function `exporter`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::app::App;
use latchkey::clock::system_now;
use latchkey::telemetry::reports_sent;
use latchkey_exporter::{PROCESS, SECRETS, handle, worker};

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
