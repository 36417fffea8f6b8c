//! The Lambda function `front`: wiring only.

use latchkey::app::App;
use latchkey::http::serve::serve;
use latchkey_front::{PROCESS, SECRETS, routes};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(App::start(PROCESS, SECRETS).await?, routes()).await
}
