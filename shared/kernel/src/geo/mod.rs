//! Where an address is: GeoLite2 City, in memory.
//!
//! The scheduler fetches the database from MaxMind once a week and puts it into the bucket ([`Update`]); a function
//! reads it from there between its requests, never before its first answer ([`Places`]). Until then, and wherever
//! something is wrong with it, the place is not known, and nothing else changes: it is told to people, and decides
//! nothing but whether a person is told of a new country.

mod address_kind;
mod archive;
mod database;
mod maxmind;
mod places;
mod reading;
mod update;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use address_kind::AddressKind;
pub use archive::ArchiveError;
pub use database::{Database, DatabaseError};
pub use maxmind::{DownloadError, MaxMind};
pub use places::Places;
pub use update::{Update, UpdateError, Updated};

/// The database in the bucket.
pub const KEY: &str = "geo/GeoLite2-City.mmdb";

/// The largest database that is fetched and read, in bytes; that of 2026 has 65 million. A function holds one, and for
/// a moment two.
pub const LARGEST: usize = 160 * 1024 * 1024;

/// Where an address is, as precisely as the database knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// City and region, or else the country: `Linköping, Östergötland County`.
    name: String,
    /// The country.
    pub country: Option<CountryCode>,
}

/// A country's two letters (ISO 3166-1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// Reads two capital letters; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Serialize for CountryCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CountryCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("no country"))
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// `Linköping, Östergötland County (SE)`, `Singapore (SG)`, `Japan (JP)`.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.country {
            Some(country) => write!(formatter, "{} ({country})", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}
