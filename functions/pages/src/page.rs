//! What all pages share: the frame, the style sheet, the policy, and how a refusal looks.

use std::sync::LazyLock;

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode, header};
use latchkey::http::Problem;
use latchkey::http::layers::Presented;
use sha2::{Digest as _, Sha256};

/// The one style sheet, inside every page.
pub(crate) const STYLE: &str = include_str!("../templates/style.css");

/// Nothing loads, nothing runs, nobody frames the page; the style sheet is named by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct Message<'a> {
    pub(crate) app_name: &'a str,
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
}

/// Answers with a page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => return Problem::internal(error).into_response(),
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A problem as a page; the problem itself goes to the log.
pub(crate) fn refusal(app_name: &str, problem: Problem) -> Response {
    let status = problem.code().status();
    let seconds = problem.retry_after();
    let text = match seconds {
        Some(seconds) if status == StatusCode::TOO_MANY_REQUESTS => {
            format!("There were too many tries from your network. Please try again in {}.", span(seconds))
        }
        Some(_) => {
            "Something that we depend on does not answer right now. Nothing was changed; please try again in a moment."
                .to_owned()
        }
        None if status.is_server_error() => "The fault is ours, and it is noted. Please try again later.".to_owned(),
        None => "Your browser sent something that we cannot read. Please open the link in the mail again.".to_owned(),
    };
    let mut response = page(status, &Message { app_name, title: problem.code().title(), text: &text });
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response.extensions_mut().insert(Presented(problem));
    response
}

fn span(seconds: u32) -> String {
    match seconds {
        0..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}
