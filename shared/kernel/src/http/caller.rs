//! Extracts [`Client`] from what the gateway says of the request.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::Extensions;
use http::header::{HeaderMap, USER_AGENT};
use http::request::Parts;

use super::Problem;
use crate::clock::Timestamp;
use crate::http::client::{Client, USER_AGENT_LENGTH};
use crate::http::rate::Tally;
use crate::kernel::Kernel;
use crate::telemetry::Trail;

/// What the gateway says of a request besides its content: an extension of every request.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    /// When it came.
    pub(super) now: Timestamp,
    /// Who connected to the gateway.
    pub(super) connected: IpAddr,
    /// What the request is called, by its caller or the gateway.
    pub(super) request_id: String,
    /// What the gateway calls a request that its caller named.
    pub(super) gateway_request_id: Option<String>,
}

impl Arrival {
    /// Of the request with these extensions.
    pub(super) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Somebody at this address of whom nothing else is known, for counting.
    pub(super) fn anybody(&self, address: IpAddr, tally: Tally) -> Client {
        let (user_agent, request_id, trail) = (None, String::new(), Trail::default());
        Client { now: self.now, address, user_agent, request_id, trail, tally }
    }

    /// The source address: who connected, or whom an owner's own proxy names.
    pub(super) fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
        let proxies = extensions.get::<Kernel>().map(|kernel| &kernel.config.callers.trusted_proxies);
        proxies.map_or(self.connected, |proxies| proxies.source(self.connected, headers))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Parts { headers, extensions, .. } = parts;
        let arrival = Arrival::of(extensions).ok_or_else(|| Problem::internal("the request came by no gateway"))?;
        let user_agent = headers
            .get(USER_AGENT)
            .map(|value| printable(&String::from_utf8_lossy(value.as_bytes())))
            .filter(|agent| !agent.is_empty());
        Ok(Self {
            now: arrival.now,
            address: arrival.address(extensions, headers),
            user_agent,
            request_id: arrival.request_id.clone(),
            trail: extensions.get::<Trail>().cloned().unwrap_or_default(),
            tally: extensions.get::<Tally>().cloned().unwrap_or_default(),
        })
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
