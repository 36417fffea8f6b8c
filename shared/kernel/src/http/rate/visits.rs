//! Counting what no rule counts: visits to what anybody may look at, such as the pages that mails link to, and requests
//! that are refused before a rule is asked, for their form, their path, or a credential that is forged, dead or missing.
//!
//! A rule counts in its first request to the store. What was not counted when the answer is there counts for the address
//! then: nothing was done for it but, at most, the read that found its credential dead. So there is no way past the limit,
//! whatever a handler forgets; only what declares to count for nobody is left out.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, Method, StatusCode, header};

use super::{Refused, Tally, admit_visit};
use crate::http::Problem;
use crate::http::caller::Arrival;
use crate::http::client::Client;
use crate::http::codes::RATE_LIMITED;
use crate::kernel::Kernel;

/// Counts a `GET` of a route that declares to count its visits, before it is answered.
pub(in crate::http) async fn count_visit(request: Request, next: Next) -> Result<Response, Problem> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(next.run(request).await);
    }
    count(&request).await?;
    Ok(next.run(request).await)
}

/// Answers a `HEAD` of a route whose `GET` acts with this status, counts it as a visit, and keeps it from the handler.
pub(in crate::http) async fn answer_head(
    status: StatusCode,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if *request.method() != Method::HEAD {
        return Ok(next.run(request).await);
    }
    count(&request).await?;
    Ok(status.into_response())
}

/// Counts a request for its address, and refuses it where the address asks too much. The request is looked at before, and
/// not held meanwhile: its body cannot be shared between threads.
pub(in crate::http) fn count(request: &Request) -> impl Future<Output = Result<(), Problem>> + use<> {
    let asking = asking(request);
    async move {
        let (kernel, client) = asking.ok_or_else(|| Problem::internal("the request came by no gateway"))?;
        match admit_visit(&kernel, &client).await {
            // What is only looked at is shown even when nothing can be counted: neither a guess nor a write is at stake.
            Err(Refused::Failed(fault)) => tracing::warn!(%fault, "a visit was not counted"),
            admitted => admitted?,
        }
        Ok(())
    }
}

/// Answers a request of a route that declares to count for nobody.
pub(in crate::http) async fn count_for_nobody(request: Request, next: Next) -> Response {
    if let Some(tally) = request.extensions().get::<Tally>() {
        tally.claim_primary();
    }
    next.run(request).await
}

/// Answers a request and counts it for its address, unless something on its way has counted it.
pub(in crate::http) async fn answer_and_count(request: Request, next: Next) -> Response {
    let asking = asking(&request);
    let answer = next.run(request).await;
    let Some((kernel, client)) = asking else { return answer };
    let mut answer = count_the_rest(&kernel, &client, answer).await;
    let problem = answer.extensions_mut().get_mut::<Problem>();
    if let Some(seconds) = problem.and_then(|problem| tell(&client.tally, problem)) {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// A refusal in place of what the caller did wrong, once its address asks too much. A fault of ours is nobody's request,
/// and what was done is told.
async fn count_the_rest(kernel: &Kernel, client: &Client, answer: Response) -> Response {
    if answer.status().is_server_error() || client.tally.is_counted() {
        return answer;
    }
    match admit_visit(kernel, client).await {
        Err(refused @ Refused::Limited(_)) if answer.status().is_client_error() => {
            Problem::from(refused).into_response()
        }
        Ok(()) | Err(Refused::Limited(_)) => answer,
        Err(Refused::Failed(error)) => {
            tracing::warn!(%error, "a refused request was not counted");
            answer
        }
    }
}

/// Makes a problem tell the truth about limits. The wait is the longest of all limits that were met, or the next try
/// would meet another one; whoever shows a dead credential learns nothing of its owner.
fn tell(tally: &Tally, problem: &mut Problem) -> Option<u32> {
    let code = problem.code();
    if code.is_dead_credential() {
        tally.withhold_user();
    }
    if code != RATE_LIMITED {
        return None;
    }
    let seconds = problem.retry_after().max(tally.wait())?;
    *problem = Problem::rate_limited(seconds);
    Some(seconds)
}

/// Who is to be counted.
fn asking(request: &Request) -> Option<(Kernel, Client)> {
    let kernel = request.extensions().get::<Kernel>()?.clone();
    let arrival = Arrival::of(request.extensions())?;
    let tally = request.extensions().get::<Tally>().cloned().unwrap_or_default();
    Some((kernel, arrival.anybody(arrival.address(request.extensions(), request.headers()), tally)))
}
