//! Extracts [`Client`] from what the gateway says of the request.

use std::net::IpAddr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{Extensions, HeaderMap};
use lambda_http::request::RequestContext;

use super::{Problem, source};
use crate::app::App;
use crate::client::{Client, USER_AGENT_LENGTH};
use crate::clock::Timestamp;
use crate::http::rate::Tally;
use crate::telemetry::Trail;

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let now = now(&parts.extensions).ok_or_else(|| Problem::internal("the gateway gives no time"))?;
        let address = address(&parts.extensions, &parts.headers)
            .ok_or_else(|| Problem::internal("the gateway gives no source address"))?;
        let trail = parts.extensions.get::<Trail>().cloned().unwrap_or_default();
        let tally = parts.extensions.get::<Tally>().cloned().unwrap_or_default();
        let user_agent = parts
            .headers
            .get(http::header::USER_AGENT)
            .map(|value| printable(&String::from_utf8_lossy(value.as_bytes())))
            .filter(|agent| !agent.is_empty());
        Ok(Self { now, address, user_agent, request_id: request_id(&parts.extensions), trail, tally })
    }
}

/// The id of the request; empty outside a gateway.
pub(super) fn request_id(extensions: &Extensions) -> String {
    gateway(extensions).and_then(|context| context.request_id.clone()).unwrap_or_default()
}

/// The gateway's time of the request.
pub(super) fn now(extensions: &Extensions) -> Option<Timestamp> {
    gateway(extensions).and_then(|context| Timestamp::from_millisecond(context.time_epoch))
}

/// The source address.
pub(super) fn address(extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let connected = gateway(extensions)?.http.source_ip.as_deref()?.parse().ok()?;
    let proxies = extensions.get::<App>().map(|app| app.config.trusted_proxies.as_slice());
    Some(source::source(connected, headers, proxies.unwrap_or_default()))
}

fn gateway(extensions: &Extensions) -> Option<&ApiGatewayV2httpRequestContext> {
    match extensions.get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => Some(context),
        _ => None,
    }
}

/// Printable ASCII, which is all that a product name has (RFC 9110, section 10.1.5): people read it in lists and logs,
/// where control, bidirectional and line-breaking characters would play tricks.
fn printable(text: &str) -> String {
    text.chars().filter(|c| matches!(c, ' '..='~')).take(USER_AGENT_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_not_printed_is_kept_of_a_user_agent() {
        let odd = "Fire\u{0}fox\r\nSubject: x\u{1b}[31m\u{2028}\u{202e}txt.exe\u{feff}é<b>";
        assert_eq!(printable(odd), "FirefoxSubject: x[31mtxt.exe<b>");
        assert_eq!(printable(&"x".repeat(10_240)).len(), USER_AGENT_LENGTH);
    }
}
