//! Serving a router as a Lambda function behind an HTTP API (payload format 2.0).

use std::future::Future;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use axum::Router;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent};
use lambda_runtime::service_fn;
use serde::Serialize;
use tower::{Layer as _, Service as _};
use tower_http::normalize_path::NormalizePathLayer;

use super::gate;
use super::layers::dress;
use crate::config::PublicUrl;

/// The answer to an event: the router's, or the gate's.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer<R> {
    Router(R),
    Gate(Box<ApiGatewayV2httpResponse>),
}

/// The whole way of one event: gate, layers, router.
///
/// What [`serve`] runs and what tests call, so that both meet the same checks.
pub fn endpoint(router: Router, public_url: PublicUrl) -> impl Fn(LambdaEvent<LambdaRequest>) -> BoxedAnswer + Clone {
    // Outside the router: as one of its own layers it would run after routing.
    let service = NormalizePathLayer::trim_trailing_slash().layer(dress(router));
    let adapter = Adapter::from(service);
    move |mut event| {
        let mut adapter = adapter.clone();
        let public_url = public_url.clone();
        Box::pin(async move {
            let LambdaRequest::ApiGatewayV2(request) = &mut event.payload else {
                return Err("only events of an HTTP API are served".into());
            };
            let answer = match gate::admit(request, &public_url) {
                Err(code) => Answer::Gate(Box::new(gate::refuse(request, code))),
                Ok(()) => Answer::Router(adapter.call(event).await?),
            };
            Ok(serde_json::to_value(answer)?)
        })
    }
}

/// The future of an answer, as the JSON that the gateway reads.
pub type BoxedAnswer = std::pin::Pin<Box<dyn Future<Output = Result<serde_json::Value, lambda_runtime::Error>>>>;

/// Serves `router` until the environment is stopped.
pub async fn serve(router: Router, public_url: PublicUrl) -> Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(endpoint(router, public_url))).await
}
