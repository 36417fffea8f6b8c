//! The Lambda function `mailer`: wiring only.

use lambda_runtime::{LambdaEvent, service_fn};
use latchkey::clock::system_now;
use latchkey::outbox::Mailer;
use latchkey_mailer::handle;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let mailer = Mailer::start().await?;
    let answer = async |event: LambdaEvent<_>| {
        Ok::<_, lambda_runtime::Error>(handle(&mailer, event.payload, system_now()).await)
    };
    lambda_runtime::run(service_fn(answer)).await
}
