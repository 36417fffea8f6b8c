//! The Lambda function `privacy`: wiring only.

use latchkey_identity::app::App;
use latchkey_kernel::http::serve::serve;
use latchkey_privacy::{PROCESS, SECRETS, routes};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(App::start(PROCESS, SECRETS).await?, routes()).await
}
