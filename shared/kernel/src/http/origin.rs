//! Where a request came from, in words for the person whose account it touched: what security notices say.

use std::net::IpAddr;

use serde::{Serialize, Serializer};

use crate::clock::Timestamp;
use crate::geo::{AddressKind, Place};
use crate::http::client::Client;
use crate::http::device::Device;
use crate::kernel::Parts;

/// Address, device, place and time of one request. As a value of a mail it is what the templates `origin.txt` and
/// `origin.html` print, under the name `origin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The source address, from the gateway.
    pub address: IpAddr,
    /// Whether that address can be routed on the internet.
    pub address_kind: AddressKind,
    /// What the caller claims to be, such as `Firefox on Windows`.
    #[serde(serialize_with = "in_words")]
    pub device: Device,
    /// The browser alone, such as `Firefox`.
    pub browser: Option<&'static str>,
    /// Where the address is, such as `Linköping, Östergötland County (SE)`; none if that is not known.
    pub place: Option<String>,
    /// When it came. As a value of a mail: `1 March 2026, 09:30 UTC`.
    #[serde(serialize_with = "for_people")]
    pub time: Timestamp,
}

impl Parts {
    /// Where the address of this request is, with its country; none until the database of places was read. No cost.
    pub fn place(&self, client: &Client) -> Option<Place> {
        self.places.find(client.address, client.now)
    }

    /// Where this request comes from. No cost.
    pub fn origin(&self, client: &Client) -> Origin {
        let device = Device::of(client.user_agent.as_deref());
        Origin {
            address: client.address.to_canonical(),
            address_kind: client.address_kind(),
            device,
            browser: device.browser,
            place: self.place(client).map(|place| place.to_string()),
            time: client.now,
        }
    }
}

fn in_words<S: Serializer>(device: &Device, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(device)
}

fn for_people<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.for_people())
}
