//! One line of each request: who asked, from where, for what, with which factor, how it ended and how long it took; and its
//! metrics.
//!
//! The route stands for the path, which may carry a token, as the query may. Bodies and headers are never told.

use std::net::IpAddr;

use axum::extract::{MatchedPath, Request};
use http::{Method, StatusCode};

use super::caller::Arrival;
use super::{Code, Problem};
use crate::clock::{Stopwatch, Timestamp};
use crate::kernel::Kernel;
use crate::telemetry::{Happened, Metric, Told, Trail};

/// What is told of a request once it is answered.
pub(super) struct Reported {
    pub(super) request_id: String,
    method: Method,
    route: String,
    address: Option<IpAddr>,
    /// What the gateway calls a request that its caller named.
    gateway_request_id: Option<String>,
    now: Option<Timestamp>,
    kernel: Option<Kernel>,
    trail: Trail,
    stopwatch: Stopwatch,
}

impl Reported {
    /// Of a request that has just come, and whose handlers leave this trail.
    pub(super) fn of(request: &Request, trail: Trail) -> Self {
        let extensions = request.extensions();
        let arrival = Arrival::of(extensions);
        Self {
            request_id: arrival.map(|arrival| arrival.request_id.clone()).unwrap_or_default(),
            method: request.method().clone(),
            route: extensions.get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned(),
            address: arrival.map(|arrival| arrival.address(extensions, request.headers())),
            gateway_request_id: arrival.and_then(|arrival| arrival.gateway_request_id.clone()),
            now: arrival.map(|arrival| arrival.now),
            kernel: extensions.get::<Kernel>().cloned(),
            trail,
            stopwatch: Stopwatch::start(),
        }
    }

    /// Logs the answer and counts it.
    pub(super) fn report(&self, status: StatusCode, problem: Option<&Problem>) {
        let Self { request_id, gateway_request_id, method, route, .. } = self;
        let Told { account, factor, events } = self.trail.told();
        let code = problem.map(Problem::code);
        let latency_ms = self.stopwatch.milliseconds();
        if let Some((kernel, now)) = self.kernel.as_ref().zip(self.now) {
            kernel.metrics.request(latency_ms, &happened(status, code, &events), now);
        }
        let code = code.map(Code::slug);
        let cause = problem.and_then(Problem::cause);
        let location = problem.and_then(Problem::found_at).map(tracing::field::display);
        let account = account.map(tracing::field::display);
        let address = self.address.map(tracing::field::display);
        let events: Vec<_> = events.iter().map(|event| event.name).collect();
        let events = Some(events.join(" ")).filter(|events| !events.is_empty());
        let status = status.as_u16();
        if status >= 500 {
            tracing::error!(%request_id, gateway_request_id, %method, route, status, code, cause, location, account, address, factor, events, latency_ms, "request failed");
        } else {
            tracing::info!(%request_id, gateway_request_id, %method, route, status, code, account, address, factor, events, latency_ms, "request answered");
        }
    }
}

/// What is counted of a request. What a request did is done only if it succeeded; a failed sign-in is itself an answer.
fn happened(status: StatusCode, code: Option<Code>, events: &[Happened]) -> Vec<Metric> {
    let counts = |event: &&Happened| if event.succeeded { status.is_success() } else { !status.is_server_error() };
    let counted = events.iter().filter(counts).filter_map(|event| event.metric);
    counted.chain(code.and_then(Code::metric)).collect()
}
