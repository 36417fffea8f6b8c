//! Where a request comes from: the gateway's word, or, of an owner's own proxies, theirs.
//!
//! `X-Forwarded-For` holds what each hop says of the one before it. The last entry is the gateway's and names who
//! connected to it; all before it were sent by that one, and may be invented. So the list is read from its end, and only for
//! as long as each hop is a proxy that the owner named: the first that is not is the address. Other headers that claim
//! one (`Forwarded`, `X-Real-IP`) are never read.
//!
//! The networks of a CDN are those of all its customers, one of whom may lead it to this API as well and write what they
//! like into the header. So the proxy that connected also shows a key that stands in the owner's own configuration of it.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};

use crate::secret::Digest;

/// Where a proxy shows its key.
const X_PROXY_KEY: HeaderName = HeaderName::from_static("x-proxy-key");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A network in CIDR notation (RFC 4632, RFC 4291).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or one address. Whoever writes an address of the network in place of its
    /// first, or all of the internet (`/0`), has made a mistake.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (first, prefix) = text.split_once('/').map_or((text, None), |(first, prefix)| (first, Some(prefix)));
        let first: IpAddr = first.parse().ok()?;
        let bits = bits_of(first);
        let prefix = prefix.map_or(Some(bits), |prefix| prefix.parse().ok())?;
        let network = Self { first, prefix };
        let is_first = start_of(first, prefix) == value_of(first);
        ((1..=bits).contains(&prefix) && is_first).then_some(network)
    }

    /// Whether it holds this address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && start_of(address, self.prefix) == value_of(self.first)
    }
}

fn bits_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn value_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The address with all bits behind the prefix cleared.
fn start_of(address: IpAddr, prefix: u8) -> u128 {
    let behind = u32::from(bits_of(address).saturating_sub(prefix));
    value_of(address).checked_shr(behind).unwrap_or(0).checked_shl(behind).unwrap_or(0)
}

/// The proxies that an owner trusts: those that connect from one of the networks and show one of the keys.
#[derive(Debug, Clone)]
pub struct Proxies {
    /// Where they are.
    pub networks: Vec<Network>,
    /// The digests of their keys.
    pub keys: Vec<Digest>,
}

impl Proxies {
    /// Who asks, where `connected` reached the gateway. What a proxy wrote that is no address leaves the proxy itself.
    pub(crate) fn source(&self, connected: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.has(connected) || !self.knows(headers) {
            return connected;
        }
        let told: Vec<&str> = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        let told = told.join(",");
        let mut nearest = connected;
        for hop in told.rsplit(',').map(str::trim) {
            let Ok(address) = hop.parse::<IpAddr>() else { break };
            nearest = address;
            if !self.has(address) {
                break;
            }
        }
        nearest
    }

    fn has(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Whether the request shows one of the keys, once: a proxy sets the header in place of what its visitor sent.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let mut shown = headers.get_all(X_PROXY_KEY).iter();
        let (Some(key), None) = (shown.next(), shown.next()) else { return false };
        let shown = Digest::of(key.as_bytes());
        self.keys.iter().filter(|key| **key == shown).count() > 0
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "the proxy's key";

    fn shown(connected: &str, forwarded: &str, keys: &[&str], networks: &[&str]) -> String {
        let mut headers = HeaderMap::from_iter([(X_FORWARDED_FOR, HeaderValue::from_str(forwarded).unwrap())]);
        for key in keys {
            headers.append(X_PROXY_KEY, HeaderValue::from_str(key).unwrap());
        }
        let networks = networks.iter().map(|network| Network::parse(network).unwrap()).collect();
        let keys = ["another", KEY].map(|key| Digest::of(key.as_bytes())).to_vec();
        Proxies { networks, keys }.source(connected.parse().unwrap(), &headers).to_string()
    }

    fn asked(connected: &str, forwarded: &str, networks: &[&str]) -> String {
        shown(connected, forwarded, &[KEY], networks)
    }

    #[test]
    fn a_proxy_without_the_owners_key_is_not_believed() {
        let networks = &["192.0.2.0/24"];
        for wrong in [&[][..], &[""], &["a guess"], &[KEY, KEY], &["a guess", KEY]] {
            assert_eq!(shown("192.0.2.7", "198.51.100.1, 192.0.2.7", wrong, networks), "192.0.2.7", "{wrong:?}");
        }
        for right in [KEY, "another"] {
            assert_eq!(shown("192.0.2.7", "198.51.100.1, 192.0.2.7", &[right], networks), "198.51.100.1");
            assert_eq!(
                shown("203.0.113.9", "198.51.100.1", &[right], networks),
                "203.0.113.9",
                "the key alone is no proof"
            );
        }
    }

    #[test]
    fn without_proxies_nobody_is_believed() {
        assert_eq!(asked("203.0.113.9", "10.0.0.1, 203.0.113.9", &[]), "203.0.113.9");
        assert_eq!(asked("203.0.113.9", "10.0.0.1, 203.0.113.9", &["192.0.2.0/24"]), "203.0.113.9");
    }

    #[test]
    fn a_proxy_tells_who_connected_to_it_and_not_what_that_one_claims() {
        let proxies = &["192.0.2.0/24", "2001:db8::/32"];
        assert_eq!(asked("192.0.2.7", "198.51.100.1, 192.0.2.7", proxies), "198.51.100.1");
        assert_eq!(asked("192.0.2.7", "10.0.0.1, 198.51.100.1, 192.0.2.7", proxies), "198.51.100.1");
        assert_eq!(asked("192.0.2.7", "198.51.100.1, 2001:db8::5, 192.0.2.7", proxies), "198.51.100.1");
        assert_eq!(asked("192.0.2.7", "192.0.2.9, 192.0.2.8", proxies), "192.0.2.9");
        for odd in ["", "unknown, 192.0.2.7", "127.0.0.1:80, 192.0.2.7"] {
            assert_eq!(asked("192.0.2.7", odd, proxies), "192.0.2.7", "{odd:?}");
        }
    }

    #[test]
    fn networks_are_read_as_they_are_written() {
        for good in ["192.0.2.0/24", "192.0.2.1", "192.0.2.1/32", "128.0.0.0/1", "2001:db8::/32", "::1/128"] {
            assert!(Network::parse(good).is_some(), "{good}");
        }
        for wrong in
            ["", "everybody", "0.0.0.0/0", "::/0", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1"]
        {
            assert!(Network::parse(wrong).is_none(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_network_holds_just_the_addresses_that_begin_like_it(first: u32, other: u32, prefix in 1_u8..=32) {
            let mask = u32::MAX << (32 - prefix);
            let start = std::net::Ipv4Addr::from(first & mask);
            let network = Network::parse(&format!("{start}/{prefix}")).unwrap();
            let other_address = std::net::Ipv4Addr::from(other);
            prop_assert_eq!(network.contains(other_address.into()), other & mask == first & mask);
            prop_assert_eq!(network.contains(other_address.to_ipv6_mapped().into()), other & mask == first & mask);
        }
    }
}
