//! Counting visits: what anybody may look at without saying who they are, such as the pages that mails link to.

use axum::extract::{FromRequestParts as _, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;

use super::{Refused, admit_visit};
use crate::app::App;
use crate::client::Client;
use crate::http::Problem;

/// Counts a `GET` of a route that declares to count its visits, before it is answered.
pub(in crate::http) async fn count_visit(request: Request, next: Next) -> Result<Response, Problem> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let app = parts.extensions.get::<App>().cloned().ok_or_else(|| Problem::internal("no application"))?;
    let client = Client::from_request_parts(&mut parts, &app).await?;
    match admit_visit(&app, &client).await {
        // What is only looked at is shown even when nothing can be counted: neither a guess nor a write is at stake.
        Err(Refused::Store(error)) => tracing::warn!(%error, "a visit was not counted"),
        admitted => admitted?,
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}
