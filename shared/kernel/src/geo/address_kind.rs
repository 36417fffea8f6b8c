//! Whether an IP address can be somewhere at all.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether an address can be routed on the internet (RFC 1918, RFC 6598, RFC 4193).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    /// Routable.
    Public,
    /// Of a private network or of the machine itself.
    Private,
}

impl AddressKind {
    /// The word that rows, answers and exports have for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }

    /// The kind of this address.
    pub fn of(address: IpAddr) -> Self {
        let private = match address.to_canonical() {
            IpAddr::V4(address) => {
                let [first, second, ..] = address.octets();
                let shared = first == 100 && (64..128).contains(&second);
                address.is_private()
                    || address.is_loopback()
                    || address.is_link_local()
                    || address.is_unspecified()
                    || shared
            }
            IpAddr::V6(address) => {
                address.is_unique_local()
                    || address.is_loopback()
                    || address.is_unicast_link_local()
                    || address.is_unspecified()
            }
        };
        if private { Self::Private } else { Self::Public }
    }
}
