//! Counting visits: what anybody may look at without saying who they are, such as the pages that mails link to.

use axum::extract::{FromRequestParts as _, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};

use super::{Refused, admit_visit};
use crate::app::App;
use crate::client::Client;
use crate::http::Problem;

/// Counts a `GET` of a route that declares to count its visits, before it is answered.
pub(in crate::http) async fn count_visit(request: Request, next: Next) -> Result<Response, Problem> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(next.run(request).await);
    }
    let request = counted(request).await?;
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
    counted(request).await?;
    Ok(status.into_response())
}

async fn counted(request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let app = parts.extensions.get::<App>().cloned().ok_or_else(|| Problem::internal("no application"))?;
    let client = Client::from_request_parts(&mut parts, &app).await?;
    match admit_visit(&app, &client).await {
        // What is only looked at is shown even when nothing can be counted: neither a guess nor a write is at stake.
        Err(Refused::Store(error)) => tracing::warn!(%error, "a visit was not counted"),
        admitted => admitted?,
    }
    Ok(Request::from_parts(parts, body))
}
