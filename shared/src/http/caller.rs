//! Extracts [`Client`] from what the gateway says of the request.

use axum::extract::FromRequestParts;
use http::request::Parts;
use lambda_http::request::RequestContext;

use super::Problem;
use crate::client::{Client, USER_AGENT_LENGTH};
use crate::clock::Timestamp;

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get::<RequestContext>() else {
            return Err(Problem::internal("the request has no gateway context"));
        };
        let now = Timestamp::from_millisecond(context.time_epoch)
            .ok_or_else(|| Problem::internal("the gateway's time is out of range"))?;
        let address = context
            .http
            .source_ip
            .as_deref()
            .and_then(|address| address.parse().ok())
            .ok_or_else(|| Problem::internal("the gateway gives no source address"))?;
        let user_agent = parts
            .headers
            .get(http::header::USER_AGENT)
            .map(|value| printable(&String::from_utf8_lossy(value.as_bytes())))
            .filter(|agent| !agent.is_empty());
        Ok(Self { now, address, user_agent, request_id: request_id(&parts.extensions) })
    }
}

/// The gateway's id of the request; empty outside a gateway.
pub(super) fn request_id(extensions: &http::Extensions) -> String {
    match extensions.get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone().unwrap_or_default(),
        _ => String::new(),
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
