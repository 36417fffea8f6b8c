//! Where the database of places comes from.

use super::{ConfigError, Configured, PublicUrl, ReadBy, SectionShape, Values};
use crate::section;

section! {
    /// Where the database of places is downloaded from.
    PLACES: "places", ReadBy::Only(&["scheduler"]), also [];
    MAXMIND_URL = Some("https://download.maxmind.com"), 60, "Where the database of places is downloaded from, with the account of the secret `providers`.";
}

/// Where the database of places is downloaded from.
#[derive(Debug, Clone)]
pub struct PlacesSource {
    /// The host of MaxMind.
    pub url: PublicUrl,
}

impl Configured for PlacesSource {
    const SHAPE: SectionShape = PLACES;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { url: read.parsed(&MAXMIND_URL, "https:// and a host, without a path", PublicUrl::parse)? })
    }
}
