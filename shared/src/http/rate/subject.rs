//! Who or what is counted. All limits of a subject share one item.

use std::net::IpAddr;

use super::Limit;
use crate::client::Client;
use crate::config::Rates;
use crate::dynamo::{Key, keys};
use crate::id::{AccountId, SessionId};

/// Into how many buckets the /64 networks of one /48 are counted.
///
/// A customer of IPv6 holds a /64, so that is what a limit is for; and anybody may be given a whole /48, with 65,536
/// of them. So the counts of a /48 lie in one item, in this many buckets: those /64 that meet in a bucket share its
/// limit, and the whole /48 never has more than this many times the limit, at the price of one update.
const BUCKETS: u16 = 64;

/// Who or what a request is counted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    kind: Kind,
    id: String,
    bucket: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Address,
    Person,
    Session,
    Mailbox,
    Login,
    Device,
}

impl Subject {
    fn new(kind: Kind, id: String) -> Self {
        Self { kind, id, bucket: None }
    }

    /// The source address: one of IPv4, or the /64 of one of IPv6.
    pub fn address(client: &Client) -> Self {
        match client.address.to_canonical() {
            IpAddr::V4(address) => Self::new(Kind::Address, address.to_string()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self { bucket: Some(d % BUCKETS), ..Self::new(Kind::Address, format!("{a:x}:{b:x}:{c:x}::/48")) }
            }
        }
    }

    /// A person with an account.
    pub fn person(account: AccountId) -> Self {
        Self::new(Kind::Person, account.to_string())
    }

    /// A session.
    pub fn session(session: SessionId) -> Self {
        Self::new(Kind::Session, session.to_string())
    }

    /// A mail address, as the MAC of its normalised form, whoever asks for it.
    pub fn mailbox(mac: String) -> Self {
        Self::new(Kind::Mailbox, mac)
    }

    /// What somebody typed to sign in, as a MAC, whether or not an account has it.
    pub fn login(mac: String) -> Self {
        Self::new(Kind::Login, mac)
    }

    /// A device that an account knows, by the session that made it known.
    pub fn device(first: SessionId) -> Self {
        Self::new(Kind::Device, first.to_string())
    }

    /// The limit on everything that it asks.
    pub(super) fn primary(&self, rates: &Rates) -> Option<Limit> {
        match self.kind {
            Kind::Address => Some(rates.anonymous),
            Kind::Person => Some(rates.person),
            Kind::Session | Kind::Mailbox | Kind::Login | Kind::Device => None,
        }
    }

    /// Whether an answer may tell how much is left: what others did to a mailbox or a login is not the caller's business.
    pub(super) fn is_the_caller(&self) -> bool {
        matches!(self.kind, Kind::Address | Kind::Person | Kind::Session)
    }

    pub(super) fn key(&self) -> Key {
        let kind = match self.kind {
            Kind::Address => "address",
            Kind::Person => "person",
            Kind::Session => "session",
            Kind::Mailbox => "mailbox",
            Kind::Login => "login",
            Kind::Device => "device",
        };
        keys::rate_counter(kind, &self.id)
    }

    /// What an attribute of one of its limits begins with.
    pub(super) fn prefix(&self, limit: Limit) -> String {
        match self.bucket {
            Some(bucket) => format!("{}@{bucket}.", limit.name),
            None => format!("{}.", limit.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(address: &str) -> Subject {
        Subject::address(&Client::for_tests(address))
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_counted_together() {
        assert_eq!(subject("2001:db8:1:2::1"), subject("2001:db8:1:2:ffff::9"));
        assert_ne!(subject("2001:db8:1:2::1"), subject("2001:db8:1:3::1"));
        assert_eq!(subject("::ffff:203.0.113.9"), subject("203.0.113.9"));
    }

    #[test]
    fn a_48_has_so_many_buckets_and_no_more() {
        let buckets: std::collections::BTreeSet<_> =
            (0..1000).map(|n| subject(&format!("2001:db8:1:{n:x}::1")).bucket).collect();
        assert_eq!(buckets.len(), usize::from(BUCKETS));
        assert_eq!(subject("2001:db8:1:2::1").key(), subject("2001:db8:1:ffff::1").key());
        assert_ne!(subject("2001:db8:1:2::1").key(), subject("2001:db8:2:2::1").key());
    }
}
