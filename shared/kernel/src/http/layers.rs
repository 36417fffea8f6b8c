//! The layers that every router wears, so that an answer looks the same whoever gives it.

use std::any::Any;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tower_http::catch_panic::CatchPanicLayer;

use super::client_key::{self, Trusted};
use super::codes::METHOD_NOT_ALLOWED;
use super::conditional::Condition;
use super::rate::{self, Tally};
use super::report::Reported;
use super::{Problem, slash};
use crate::telemetry::Trail;

/// The header in which an answer names its request, and a caller may.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that an answer has unless its handler set another value.
const DEFAULTS: &[(HeaderName, &str)] = &[
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
    // What is public may be kept by caches, and the gateway answers each origin in its own way.
    (header::VARY, "origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Puts the layers around a router whose state is given.
pub(super) fn dress(router: Router, trusted: Trusted) -> Router {
    router
        .fallback(slash::answer_unknown)
        .method_not_allowed_fallback(answer_other_method)
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn_with_state(trusted, client_key::require))
        .layer(from_fn(finish))
}

/// `OPTIONS` asks for the methods, which stand in `Allow` either way. (Preflights end at the gateway.)
async fn answer_other_method(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Problem::new(METHOD_NOT_ALLOWED).into_response(),
    }
}

/// A handler's panic is answered and the next request served. The panic's own words may hold anything, so nobody is told
/// them; the log says where it happened.
fn answer_panic(_panic: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal("a handler panicked").into_response()
}

/// Writes the body of a problem, sets the headers, and reports the answer.
async fn finish(mut request: Request, next: Next) -> Response {
    let trail = Trail::default();
    request.extensions_mut().insert(trail.clone());
    let tally = Tally::default();
    request.extensions_mut().insert(tally.clone());
    let reported = Reported::of(&request, trail);
    let condition = Condition::of(&mut request);
    let mut response = rate::answer_and_count(request, next).await;
    let problem = response.extensions_mut().remove::<Problem>();
    let presented = response.extensions_mut().remove::<Presented>();
    reported.report(response.status(), problem.as_ref().or(presented.as_ref().map(|Presented(problem)| problem)));
    if let Some(problem) = problem {
        write_problem(&mut response, &problem, &reported.request_id);
    }
    let mut response = condition.apply(response).await;
    rate::set_headers(&tally, response.headers_mut());
    set_headers(response.headers_mut(), &reported.request_id);
    response
}

/// A problem whose answer has a body already, such as a page; it is only logged.
#[derive(Debug, Clone)]
pub struct Presented(pub Problem);

/// Writes the body of a problem, for the request with this id.
pub(crate) fn write_problem(response: &mut Response, problem: &Problem, request_id: &str) {
    let Ok(body) = serde_json::to_vec(&problem.document(request_id)) else { return };
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    *response.body_mut() = Body::from(body);
}

/// Sets the headers that every answer has, the gate's as well.
pub(super) fn set_headers(headers: &mut HeaderMap, request_id: &str) {
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, id);
    }
}
