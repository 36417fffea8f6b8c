//! The Lambda function `mailer`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey_identity::registry;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::outbox::Mailer;
use latchkey_kernel::telemetry::reports_sent;
use latchkey_mailer::{PROCESS, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let mailer = Mailer::start(PROCESS, registry::entities(), registry::mails()).await?;
    let answer = async |event: LambdaEvent<_>| {
        let done = handle(&mailer, event.payload, system_now()).await;
        reports_sent().await;
        Ok::<_, lambda_runtime::Error>(done)
    };
    lambda_runtime::run(service_fn(answer)).await
}
