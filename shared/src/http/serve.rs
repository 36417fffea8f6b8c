//! Serving a router as a Lambda function behind an HTTP API (payload format 2.0).

use std::future::Future;
use std::pin::Pin;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use axum::Extension;
use axum::middleware::map_response;
use axum::response::Response;
use http::{StatusCode, header};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Runtime, service_fn};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tower::util::AndThenLayer;
use tower::{Layer as _, Service as _};
use tower_http::normalize_path::NormalizePathLayer;
use tracing::{Instrument as _, Span};

use super::client_key::Trusted;
use super::gate;
use super::layers::dress;
use super::routes::Served;
use crate::app::App;
use crate::clock::Timestamp;

/// The answer to an event: the router's, or the gate's.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer<R> {
    Router(R),
    Gate(Box<ApiGatewayV2httpResponse>),
}

/// The future of an answer, as the JSON that the gateway reads.
pub type BoxedAnswer = Pin<Box<dyn Future<Output = Result<Box<RawValue>, lambda_runtime::Error>>>>;

/// The whole way of one event: gate, layers, router. Secrets that have grown old are read again beside
/// it, and before it after a long rest. That it was answered is told to the places.
///
/// What [`serve`] runs and what tests call, so that both meet the same checks.
pub fn endpoint(app: App, routes: Served) -> impl Fn(LambdaEvent<LambdaRequest>) -> BoxedAnswer + Clone {
    // Layers of single routes are made before there is a state, and find the application here.
    let (bare, open) = routes.into_parts();
    let trusted = Trusted::new(&app.config.client_keys, open);
    let dressed = dress(bare.with_state(app.clone()), trusted).layer(Extension(app.clone()));
    // Outside the router: as one of its own layers it would run after routing.
    let service = NormalizePathLayer::trim_trailing_slash().layer(map_response(hide_methods).layer(dressed));
    let adapter = Adapter::from(service);
    move |mut event| {
        let mut adapter = adapter.clone();
        let app = app.clone();
        if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
            gate::take_request_id(request);
        }
        let span = span(&event);
        let answer = async move {
            let LambdaRequest::ApiGatewayV2(request) = &mut event.payload else {
                return Err("only events of an HTTP API are served".into());
            };
            let now = Timestamp::from_millisecond(request.request_context.time_epoch);
            if let Err(code) = gate::admit(request, &app.config.public_url) {
                let refusal = Answer::<()>::Gate(Box::new(gate::refuse(request, code)));
                return Ok(to_raw_value(&refusal)?);
            }
            let refreshing = async {
                if let Some(now) = now {
                    app.keep_secrets_fresh(now).await;
                }
            };
            let answer = if now.is_some_and(|now| app.secrets_are_outdated(now)) {
                refreshing.await;
                adapter.call(event).await
            } else {
                tokio::join!(adapter.call(event), refreshing).0
            };
            if let Some(now) = now {
                app.places.answered(now);
            }
            Ok(to_raw_value(&Answer::Router(answer?))?)
        };
        Box::pin(answer.instrument(span))
    }
}

/// What every line that is logged on the way of an event carries: the request, and the trace that X-Ray knows it by.
fn span(event: &LambdaEvent<LambdaRequest>) -> Span {
    let request_id = match &event.payload {
        LambdaRequest::ApiGatewayV2(request) => request.request_context.request_id.as_deref(),
        _ => None,
    };
    // At the level of errors, or the lines of an error would lack it wherever nothing else is logged.
    tracing::error_span!("request", request_id, trace_id = event.context.xray_trace_id.as_deref())
}

/// What is not there has no methods: axum would list those of a route whose existence its answer denies.
async fn hide_methods(mut response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND {
        response.headers_mut().remove(header::ALLOW);
    }
    response
}

/// Serves these routes until the environment is stopped. What nobody should wait for is done after an answer.
pub async fn serve(app: App, routes: Served) -> Result<(), lambda_runtime::Error> {
    let places = app.places.clone();
    // Outside the layer that sends the answer: Lambda hands it on when it is sent, and freezes the process only when that
    // asks for the next event.
    let after_the_answer = AndThenLayer::new(move |()| {
        let places = places.clone();
        async move {
            places.catch_up().await;
            Ok::<_, lambda_runtime::Error>(())
        }
    });
    Runtime::new(service_fn(endpoint(app, routes))).layer(TracingLayer::new()).layer(after_the_answer).run().await
}
