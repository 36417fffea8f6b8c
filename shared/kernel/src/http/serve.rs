//! Serving a router as a Lambda function behind an HTTP API (payload format 2.0).

use std::future::Future;
use std::pin::Pin;

use axum::Extension;
use axum::middleware::map_response;
use axum::response::Response;
use http::{StatusCode, header};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use tower::util::AndThenLayer;
use tower::{Layer as _, ServiceExt as _};
use tracing::{Instrument as _, Span};

use super::answer::answer;
use super::caller::Arrival;
use super::client_key::Trusted;
use super::event::{self, Event};
use super::layers::dress;
use super::routes::Served;
use super::{gate, slash};
use crate::kernel::Application;
use crate::telemetry;

/// The future of an answer, as the JSON that the gateway reads. It fails only for what is no event of a gateway.
pub type BoxedAnswer = Pin<Box<dyn Future<Output = Result<Box<RawValue>, lambda_runtime::Error>>>>;

/// The whole way of one event: gate, layers, router. Secrets that have grown old are read again beside
/// it, and before it after a long rest. That it was answered is told to the places.
///
/// What [`serve`] runs and what tests call, so that both meet the same checks.
pub fn endpoint<S: Application>(
    application: S,
    routes: Served<S>,
) -> impl Fn(LambdaEvent<Box<RawValue>>) -> BoxedAnswer + Clone {
    let kernel = application.kernel().clone();
    let (bare, open) = routes.into_parts();
    let trusted = Trusted::new(&kernel.config.callers.client_keys, open);
    // Layers of single routes are made before there is a state, and find the application here.
    let with_state = bare.with_state(application.clone()).layer(Extension(application));
    let dressed = dress(with_state, trusted).layer(Extension(kernel.clone()));
    let service = map_response(hide_methods).layer(dressed);
    move |LambdaEvent { payload, context }| {
        let (service, kernel) = (service.clone(), kernel.clone());
        Box::pin(async move {
            let event = event::read(payload.get()).map_err(|error| not_served(&error))?;
            let Event { request, arrival, refused } = event;
            let span = span(&arrival, &context);
            let answered = async {
                let mut request = match refused.map_or_else(|| gate::admit(request), Err) {
                    Ok(request) => request,
                    Err(code) => return gate::refuse(&kernel, &arrival, code).await,
                };
                let now = arrival.now;
                if kernel.secrets.are_outdated(now) {
                    kernel.secrets.keep_fresh(now).await;
                }
                if kernel.secrets.are_expired(now) {
                    return gate::unavailable(&arrival, "the secrets could not be read for a day");
                }
                request.extensions_mut().insert(arrival);
                // Here and not in a layer of the router, which would run after routing.
                slash::trim(&mut request);
                let (Ok(response), ()) = tokio::join!(service.oneshot(request), kernel.secrets.keep_fresh(now));
                kernel.places.answered(now);
                response
            };
            answer(answered.instrument(span).await).await
        })
    }
}

/// Why there is no answer to what is no event of an HTTP API. The parser's words are kept back: they may quote the event, and the event may hold a password. Where it stopped is told.
fn not_served(error: &serde_json::Error) -> &'static str {
    tracing::error!(category = ?error.classify(), column = error.column(), "an event cannot be read");
    "only events of an HTTP API are served"
}

/// What every line that is logged on the way of an event carries: the request, and the trace that X-Ray knows it by.
fn span(arrival: &Arrival, context: &Context) -> Span {
    // At the level of errors, or the lines of an error would lack it wherever nothing else is logged.
    tracing::error_span!("request", request_id = arrival.request_id, trace_id = context.xray_trace_id.as_deref())
}

/// What is not there has no methods: axum would list those of a route whose existence its answer denies.
async fn hide_methods(mut response: Response) -> Response {
    if response.status() == StatusCode::NOT_FOUND {
        response.headers_mut().remove(header::ALLOW);
    }
    response
}

/// Serves these routes until the environment is stopped. What nobody should wait for is done after an answer.
pub async fn serve<S: Application>(application: S, routes: Served<S>) -> Result<(), lambda_runtime::Error> {
    let places = application.kernel().places.clone();
    // Outside the layer that sends the answer: Lambda hands it on when it is sent, and freezes the process only when that
    // asks for the next event.
    let after_the_answer = AndThenLayer::new(move |()| {
        let places = places.clone();
        async move {
            tokio::join!(places.catch_up(), telemetry::reports_sent());
            Ok::<_, lambda_runtime::Error>(())
        }
    });
    Runtime::new(service_fn(endpoint(application, routes)))
        .layer(TracingLayer::new())
        .layer(after_the_answer)
        .run()
        .await
}
