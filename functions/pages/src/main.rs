//! The Lambda function `pages`: wiring only.

use latchkey::app::App;
use latchkey::http::serve::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let app = App::start().await?;
    let public_url = app.config.public_url.clone();
    serve(latchkey_pages::routes().split_for_parts().0.with_state(app), public_url).await
}
