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
use tower_http::normalize_path::NormalizePathLayer;
use tracing::{Instrument as _, Span};

use super::answer::answer;
use super::caller::Arrival;
use super::client_key::Trusted;
use super::event::{self, Event};
use super::gate;
use super::layers::dress;
use super::routes::Served;
use crate::app::App;
use crate::telemetry;

/// The future of an answer, as the JSON that the gateway reads. It fails only for what is no event of a gateway.
pub type BoxedAnswer = Pin<Box<dyn Future<Output = Result<Box<RawValue>, lambda_runtime::Error>>>>;

/// The whole way of one event: gate, layers, router. Secrets that have grown old are read again beside
/// it, and before it after a long rest. That it was answered is told to the places.
///
/// What [`serve`] runs and what tests call, so that both meet the same checks.
pub fn endpoint(app: App, routes: Served) -> impl Fn(LambdaEvent<Box<RawValue>>) -> BoxedAnswer + Clone {
    // Layers of single routes are made before there is a state, and find the application here.
    let (bare, open) = routes.into_parts();
    let trusted = Trusted::new(&app.config.callers.client_keys, open);
    let dressed = dress(bare.with_state(app.clone()), trusted).layer(Extension(app.clone()));
    // Outside the router: as one of its own layers it would run after routing.
    let service = NormalizePathLayer::trim_trailing_slash().layer(map_response(hide_methods).layer(dressed));
    move |LambdaEvent { payload, context }| {
        let (service, app) = (service.clone(), app.clone());
        Box::pin(async move {
            let event = event::read(payload.get()).map_err(|error| not_served(&error))?;
            let Event { request, arrival, refused } = event;
            let span = span(&arrival, &context);
            let answered = async {
                let mut request = match refused.map_or_else(|| gate::admit(request), Err) {
                    Ok(request) => request,
                    Err(code) => return gate::refuse(&app, &arrival, code).await,
                };
                let now = arrival.now;
                if app.secrets_are_outdated(now) {
                    app.keep_secrets_fresh(now).await;
                }
                if app.secrets_are_expired(now) {
                    return gate::unavailable(&arrival, "the secrets could not be read for a day");
                }
                request.extensions_mut().insert(arrival);
                let (Ok(response), ()) = tokio::join!(service.oneshot(request), app.keep_secrets_fresh(now));
                app.places.answered(now);
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
pub async fn serve(app: App, routes: Served) -> Result<(), lambda_runtime::Error> {
    let places = app.places.clone();
    // Outside the layer that sends the answer: Lambda hands it on when it is sent, and freezes the process only when that
    // asks for the next event.
    let after_the_answer = AndThenLayer::new(move |()| {
        let places = places.clone();
        async move {
            tokio::join!(places.catch_up(), telemetry::reports_sent());
            Ok::<_, lambda_runtime::Error>(())
        }
    });
    Runtime::new(service_fn(endpoint(app, routes))).layer(TracingLayer::new()).layer(after_the_answer).run().await
}
