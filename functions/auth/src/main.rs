//! The Lambda function `auth`: wiring only.

use latchkey_auth::{PROCESS, SECRETS, routes};
use latchkey_identity::app::App;
use latchkey_kernel::http::serve::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(App::start(PROCESS, SECRETS).await?, routes()).await
}
