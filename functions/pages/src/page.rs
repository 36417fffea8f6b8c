//! What all pages share: the frame with the owner's name, logo and colour, the policy, and how a refusal looks.

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode, header};
use latchkey_kernel::config::looks::{Brand, DARK_INK, DARK_SHEET, LIGHT_SHEET, LogoUrl};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::layers::Presented;
use latchkey_kernel::kernel::Kernel;
use sha2::{Digest as _, Sha256};

/// The one style sheet; the owner's colours stand before it.
const STYLE: &str = include_str!("../templates/style.css");

/// What `base.html` puts around a page. Every page's template has it as its field `frame`.
pub(crate) struct Frame<'a> {
    pub(crate) app_name: &'a str,
    pub(crate) logo: Option<&'a str>,
    pub(crate) style: String,
    pub(crate) app_url: Option<&'a str>,
    pub(crate) privacy_url: Option<&'a str>,
    pub(crate) terms_url: Option<&'a str>,
    pub(crate) support: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// The frame of this owner's pages.
    pub(crate) fn of(kernel: &'a Kernel) -> Self {
        let (brand, links, policies) = (&kernel.config.brand, &kernel.config.links, &kernel.config.policies);
        Self {
            app_name: &kernel.config.app_name,
            logo: brand.logo.as_ref().map(LogoUrl::as_str),
            style: style(brand),
            app_url: links.app.as_deref(),
            privacy_url: policies.privacy.as_deref(),
            terms_url: policies.terms.as_deref(),
            support: links.support.as_deref(),
        }
    }
}

impl Frame<'_> {
    /// Whether there is anything to link to at the end of a page.
    pub(crate) fn has_footer(&self) -> bool {
        [self.app_url, self.privacy_url, self.terms_url, self.support].iter().any(Option::is_some)
    }
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    frame: Frame<'a>,
    title: &'a str,
    text: &'a str,
}

/// Answers with a page.
pub(crate) fn page(kernel: &Kernel, status: StatusCode, template: &impl Template) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => return Problem::internal(error).into_response(),
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&policy(&kernel.config.brand)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Answers with a page that only says something. The text says what to do next; a blank line begins a paragraph.
pub(crate) fn say(kernel: &Kernel, status: StatusCode, title: &str, text: &str) -> Response {
    page(kernel, status, &Message { frame: Frame::of(kernel), title, text })
}

/// A problem as a page; the problem itself goes to the log.
pub(crate) fn refusal(kernel: &Kernel, problem: Problem) -> Response {
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
    let mut response = say(kernel, status, problem.code().title(), &text);
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response.extensions_mut().insert(Presented(problem));
    response
}

/// Nothing loads but the logo, nothing runs, nobody frames the page; the style sheet is named by its hash.
fn policy(brand: &Brand) -> String {
    let hash = STANDARD.encode(Sha256::digest(style(brand)));
    let images = brand.logo.as_ref().map(|logo| format!("; img-src {}", logo.origin())).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'{images}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

fn style(brand: &Brand) -> String {
    let (light, dark) = (brand.colour, brand.colour_on_dark);
    format!(
        ":root {{ --accent: {light}; --on-accent: {LIGHT_SHEET}; --sheet: {LIGHT_SHEET} }}\n\
         @media (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; --on-accent: {DARK_INK}; --sheet: {DARK_SHEET} }} }}\n{STYLE}"
    )
}

fn span(seconds: u32) -> String {
    match seconds {
        0..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}
