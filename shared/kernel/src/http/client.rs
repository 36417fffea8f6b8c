//! Who asks: what the gateway tells of a request besides its content.

use std::net::{IpAddr, Ipv4Addr};

use crate::clock::Timestamp;
use crate::geo::AddressKind;
use crate::rate::Tally;
use crate::telemetry::Trail;

/// The longest user agent that is kept, in characters; the rest of a longer one is dropped.
pub const USER_AGENT_LENGTH: usize = 255;

/// The asking side of one request. Every part comes from the gateway's request context, none from a header
/// that a caller could forge, but the user agent, which only names a device, and the request id, which a caller may
/// choose. (An owner's own proxies may tell the address: `TRUSTED_PROXIES`.)
#[derive(Debug, Clone)]
pub struct Client {
    /// When the gateway received the request: the `now` of everything it causes.
    pub now: Timestamp,
    /// The source address.
    pub address: IpAddr,
    /// The `User-Agent` header, at most [`USER_AGENT_LENGTH`] characters.
    pub user_agent: Option<String>,
    /// The id of the request, the caller's or the gateway's; every row, mail and log line it causes carries it.
    pub request_id: String,
    /// What the request turns out to be about, for the log.
    pub trail: Trail,
    /// What the request met of limits so far.
    pub tally: Tally,
}

impl Client {
    /// The caller's network in words: an IPv6 customer holds a whole /64, so that is one.
    pub fn address_block(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }

    /// Whether the address can be routed on the internet.
    pub fn address_kind(&self) -> AddressKind {
        AddressKind::of(self.address)
    }
}

impl Client {
    /// An operator at the command line, in the place of a request.
    pub fn of_operator(now: Timestamp, request_id: String) -> Self {
        Self {
            now,
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            user_agent: None,
            request_id,
            trail: Trail::default(),
            tally: Tally::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Client {
        /// Somebody at this address.
        pub(crate) fn for_tests(address: &str) -> Self {
            Self {
                now: Timestamp::from_millisecond(0).unwrap(),
                address: address.parse().unwrap(),
                user_agent: None,
                request_id: String::new(),
                trail: Trail::default(),
                tally: Tally::default(),
            }
        }
    }

    fn client(address: &str) -> Client {
        Client::for_tests(address)
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_caller() {
        assert_eq!(client("2001:db8:1:2::1").address_block(), client("2001:db8:1:2:ffff::9").address_block());
        assert_ne!(client("2001:db8:1:2::1").address_block(), client("2001:db8:1:3::1").address_block());
        assert_eq!(client("::ffff:203.0.113.9").address_block(), client("203.0.113.9").address_block());
    }

    #[test]
    fn private_and_public_addresses_are_told_apart() {
        for private in ["10.1.2.3", "192.168.0.1", "172.16.9.9", "127.0.0.1", "100.64.0.1", "fd00::1", "::1", "fe80::1"]
        {
            assert_eq!(client(private).address_kind(), AddressKind::Private, "{private}");
        }
        for public in ["203.0.113.9", "8.8.8.8", "100.128.0.1", "2a00:1450::1"] {
            assert_eq!(client(public).address_kind(), AddressKind::Public, "{public}");
        }
    }
}
