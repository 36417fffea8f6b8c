//! A bare function that makes one DynamoDB client as the product does and reads one item per request: what a function
//! on this store cannot start below.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = aws_sdk_dynamodb::Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let client = &client;
    run(service_fn(async |_: Request| {
        let nothing = || AttributeValue::S("NOTHING".to_owned());
        client.get_item().table_name("MainTable").key("pk", nothing()).key("sk", nothing()).send().await?;
        Ok::<_, Error>(Response::new(Body::from("hello")))
    }))
    .await
}
