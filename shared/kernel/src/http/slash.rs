//! A slash at the end of a path. A router that knows the path without the slash serves it. Any other path is answered 308
//! to the path without it (RFC 9110, section 15.4.9): the gateway's routes match no such slash, so the request may have
//! come to a function that does not have its route, and without the slash it comes to the one that does.
//!
//! The answer tells nothing about which paths there are, since every path that is unknown here gets it. `Location` is a
//! path and never names a host: the gate admits no path that begins with two slashes or holds a backslash.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::uri::PathAndQuery;
use http::{HeaderValue, StatusCode, Uri, header};

use super::codes::NOT_FOUND;
use super::{Problem, rate};

/// Marks a request whose path ended in a slash.
#[derive(Clone)]
struct EndedInSlash;

/// Takes the slash from the end of the path, before the router sees it.
pub(super) fn trim<B>(request: &mut http::Request<B>) {
    let Some(target) = without_slash(request.uri()) else { return };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(target);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(EndedInSlash);
    }
}

/// Path and query without the slash at the path's end; none where there is no such slash, or nothing else.
fn without_slash(uri: &Uri) -> Option<PathAndQuery> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    match uri.query() {
        Some(query) => format!("{path}?{query}").parse().ok(),
        None => path.parse().ok(),
    }
}

/// Answers a request of a path that the router does not know.
pub(super) async fn answer_unknown(request: Request) -> Result<Response, Problem> {
    if request.extensions().get::<EndedInSlash>().is_none() {
        return Err(Problem::new(NOT_FOUND));
    }
    let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let location = HeaderValue::from_str(target).map_err(Problem::internal)?;
    // Before the answer: what is counted after it is refused only where the answer is an error.
    rate::count(&request).await?;
    Ok((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trimmed(target: &str) -> (String, bool) {
        let mut request = http::Request::builder().uri(target).body(()).unwrap();
        trim(&mut request);
        (request.uri().to_string(), request.extensions().get::<EndedInSlash>().is_some())
    }

    #[test]
    fn one_slash_is_taken_from_the_end_of_the_path_and_all_else_stays() {
        for (target, expected) in [
            ("/api/auth/me/", "/api/auth/me"),
            ("/api/auth/me/?a=/&b=%2F/", "/api/auth/me?a=/&b=%2F/"),
            ("/a%20b;c=@:/", "/a%20b;c=@:"),
            ("https://id.example.com/a/?q", "https://id.example.com/a?q"),
        ] {
            assert_eq!(trimmed(target), (expected.to_owned(), true), "{target}");
        }
        for target in ["/", "/?a=/", "/api", "/api?a=/", "/.well-known/jwks.json"] {
            assert_eq!(trimmed(target), (target.to_owned(), false), "{target}");
        }
    }
}
