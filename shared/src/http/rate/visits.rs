//! Counting visits: what anybody may look at without saying who they are, such as the pages that mails link to.

use axum::extract::{FromRequestParts as _, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;

use super::admit_visit;
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
    admit_visit(&app, &client).await?;
    Ok(next.run(Request::from_parts(parts, body)).await)
}
