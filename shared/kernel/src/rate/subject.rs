//! Who or what is counted. All limits of a subject share one item.

use std::net::IpAddr;

use super::{Limit, keys};
use crate::dynamo::Key;
use crate::id::Id;

/// Into how many buckets the /64 networks of one /48 are counted.
///
/// A customer of IPv6 holds a /64, so that is what a limit is for; and anybody may be given a whole /48, with 65,536
/// of them. So the counts of a /48 lie in one item, in this many buckets: those /64 that meet in a bucket share its
/// limit, and the whole /48 never has more than this many times the limit, at the price of one update.
const BUCKETS: u16 = 64;

/// What one item of counts is about: a caller, a [`Target`] or a [`Mailbox`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
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

/// Who asks. A request is counted for its caller alone, and what is refused counts as well ([`admit`](crate::http::rate::admit)).
///
/// A user or session is the caller once its credential was found alive in the store, and not before: what is revoked, or
/// in a thief's hands after it was, would use up the limits of its owner. Until then the caller is an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(Counted);

/// What anyone can name without having shown anything: a login, a device, or a network's share of a mailbox. It takes [`reserve`](crate::http::rate::reserve) alone,
/// where what is refused does not count: a stranger who never stops would keep the owner out for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Counted);

/// The mailbox of an email address that somebody asks a mail for. It takes [`reserve_mail`](crate::http::rate::reserve_mail) alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox(Counted);

impl Subject {
    /// An IP address that asks: one of IPv4, or the /64 of one of IPv6.
    pub(crate) fn of_address(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => Counted::new(Kind::Address, address.to_string()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                let network = Counted::new(Kind::Address, format!("{a:x}:{b:x}:{c:x}::/48"));
                Counted { bucket: Some(d % BUCKETS), ..network }
            }
        })
    }

    /// A user whose credential was found alive.
    pub fn person(account: impl Id) -> Self {
        Self(Counted::new(Kind::Person, account.to_string()))
    }

    /// A session that was found alive.
    pub fn session(session: impl Id) -> Self {
        Self(Counted::new(Kind::Session, session.to_string()))
    }

    /// The limit on everything that it asks.
    pub(crate) fn primary(&self, of_addresses: Limit, of_users: Limit) -> Option<Limit> {
        match self.0.kind {
            Kind::Address => Some(of_addresses),
            Kind::Person => Some(of_users),
            Kind::Session | Kind::Mailbox | Kind::Login | Kind::Device => None,
        }
    }

    /// Whether it is an address, and not somebody who showed who they are.
    pub(crate) fn is_address(&self) -> bool {
        self.0.kind == Kind::Address
    }

    pub(crate) fn counted(&self) -> &Counted {
        &self.0
    }
}

impl Target {
    /// What somebody typed to sign in, as a MAC, whether or not an account has it.
    pub fn login(mac: String) -> Self {
        Self(Counted::new(Kind::Login, mac))
    }

    /// A device that an account knows, by the session that made it known.
    pub fn device(first: impl Id) -> Self {
        Self(Counted::new(Kind::Device, first.to_string()))
    }

    /// What one network asks to have mailed to a mailbox. It is counted in the mailbox's own item, so that erasing the item
    /// erases it, in one of `BUCKETS` by a MAC of the network: networks that meet in a bucket share a share.
    pub fn share_of_mailbox(mailbox: String, network: [u8; 32]) -> Self {
        let [first, second, ..] = network;
        let bucket = u16::from_be_bytes([first, second]) % BUCKETS;
        Self(Counted { bucket: Some(bucket), ..Counted::new(Kind::Mailbox, mailbox) })
    }
}

impl Mailbox {
    /// Of an email address, as the MAC of its normalised form, whether or not an account has it.
    pub fn of(mac: String) -> Self {
        Self(Counted::new(Kind::Mailbox, mac))
    }
}

impl From<Subject> for Counted {
    fn from(subject: Subject) -> Self {
        subject.0
    }
}

impl From<Target> for Counted {
    fn from(target: Target) -> Self {
        target.0
    }
}

impl From<Mailbox> for Counted {
    fn from(mailbox: Mailbox) -> Self {
        mailbox.0
    }
}

impl Counted {
    fn new(kind: Kind, id: String) -> Self {
        Self { kind, id, bucket: None }
    }

    pub(crate) fn key(&self) -> Key {
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
    pub(crate) fn prefix(&self, limit: Limit) -> String {
        match self.bucket {
            Some(bucket) => format!("{}@{bucket}.", limit.name),
            None => format!("{}.", limit.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(address: &str) -> Counted {
        Subject::of_address(address.parse().unwrap()).into()
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_counted_together() {
        assert_eq!(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff::9"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_eq!(counted("::ffff:203.0.113.9"), counted("203.0.113.9"));
    }

    #[test]
    fn a_48_has_so_many_buckets_and_no_more() {
        let buckets: std::collections::BTreeSet<_> =
            (0..1000).map(|n| counted(&format!("2001:db8:1:{n:x}::1")).bucket).collect();
        assert_eq!(buckets.len(), usize::from(BUCKETS));
        assert_eq!(counted("2001:db8:1:2::1").key(), counted("2001:db8:1:ffff::1").key());
        assert_ne!(counted("2001:db8:1:2::1").key(), counted("2001:db8:2:2::1").key());
    }
}
