//! A database in MaxMind's format, and what it says of an address.
//!
//! Bytes that are no database, or one that was damaged, are an error and never more: MaxMind's format is full of
//! offsets and lengths, and whoever reads one must not believe them.

use std::net::IpAddr;

use bytes::Bytes;
use maxminddb::Reader;
use serde::Deserialize;

use super::{AddressKind, CountryCode, Place};

/// The longest name that is told, in characters. People read it in mails.
const LONGEST_NAME: usize = 80;

/// A database of cities. Lookups take microseconds and no memory of their own.
pub struct Database(Reader<Bytes>);

/// Why a database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// It does not have the format.
    #[error("the database of places is damaged")]
    Damaged,
    /// It is one of something else than cities.
    #[error("the database is not one of cities")]
    NotOfCities,
}

/// What is read of a record, in English, which is the language of our mails.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    city: Option<Named<'a>>,
    #[serde(borrow)]
    country: Option<Country<'a>>,
    /// From the widest to the narrowest.
    #[serde(borrow, default)]
    subdivisions: Vec<Named<'a>>,
}

#[derive(Deserialize)]
struct Country<'a> {
    iso_code: Option<&'a str>,
    #[serde(borrow)]
    names: Option<Names<'a>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    names: Option<Names<'a>>,
}

#[derive(Deserialize)]
struct Names<'a> {
    en: Option<&'a str>,
}

impl Database {
    /// Opens a database of cities that lies in memory. Reads its description and nothing else.
    pub fn open(content: Bytes) -> Result<Self, DatabaseError> {
        let reader = Reader::from_source(content).map_err(|_| DatabaseError::Damaged)?;
        if !reader.metadata().database_type.ends_with("-City") {
            return Err(DatabaseError::NotOfCities);
        }
        Ok(Self(reader))
    }

    /// Where an address is; none for one that is not on the internet, or not in the database.
    pub fn find(&self, address: IpAddr) -> Result<Option<Place>, DatabaseError> {
        let address = address.to_canonical();
        if AddressKind::of(address) == AddressKind::Private {
            return Ok(None);
        }
        let found = self.0.lookup(address).map_err(|_| DatabaseError::Damaged)?;
        let record: Option<Record<'_>> = found.decode().map_err(|_| DatabaseError::Damaged)?;
        Ok(record.and_then(|record| place(&record)))
    }
}

/// A place needs a name; the code of a country alone is none.
fn place(record: &Record<'_>) -> Option<Place> {
    let city = record.city.as_ref().and_then(|city| name(city.names.as_ref()));
    let region = record.subdivisions.first().and_then(|region| name(region.names.as_ref()));
    let country = record.country.as_ref();
    let name = match (city, region) {
        (Some(city), Some(region)) => format!("{city}, {region}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => name(country?.names.as_ref())?.to_owned(),
    };
    Some(Place { name, country: country.and_then(|country| CountryCode::parse(country.iso_code?)) })
}

/// A name that can stand in a line of a mail.
fn name<'a>(names: Option<&Names<'a>>) -> Option<&'a str> {
    let name = names?.en?.trim();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains(char::is_control);
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACES: &[u8] = include_bytes!("../../../../tests/places/places.mmdb");
    const COUNTRIES: &[u8] = include_bytes!("../../../../tests/places/countries.mmdb");
    const ADDRESSES: [&str; 8] = [
        "203.0.113.9",
        "198.51.100.9",
        "198.51.100.130",
        "192.0.2.9",
        "192.0.2.130",
        "2001:db8:1::9",
        "2001:db8:2::9",
        "8.8.8.8",
    ];

    fn told(address: &str) -> Option<String> {
        let database = Database::open(Bytes::from_static(PLACES)).unwrap();
        database.find(address.parse().unwrap()).unwrap().map(|place| place.to_string())
    }

    #[test]
    fn a_place_is_told_as_precisely_as_it_is_known() {
        for (address, place) in [
            ("203.0.113.9", Some("Linköping, Östergötland County (SE)")),
            ("198.51.100.9", Some("Boxford, England (GB)")),
            ("198.51.100.130", Some("Singapore (SG)")),
            ("192.0.2.9", Some("Japan (JP)")),
            ("2001:db8:1::9", Some("Évora, Évora District (PT)")),
            // Its city has a name in another language only.
            ("2001:db8:2::9", Some("Iceland (IS)")),
            // Where a network is registered is not where somebody is.
            ("192.0.2.130", None),
            ("203.0.113.200", None),
            ("2001:db8:ffff::1", None),
        ] {
            assert_eq!(told(address).as_deref(), place, "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothing_is_the_same_address() {
        assert_eq!(told("::ffff:203.0.113.9"), told("203.0.113.9"));
        assert!(told("::ffff:203.0.113.9").is_some());
    }

    #[test]
    fn addresses_of_no_place_are_not_looked_up() {
        for address in ["10.0.0.1", "127.0.0.1", "192.168.1.1", "::1", "fd00::1", "fe80::1", "0.0.0.0", "::"] {
            assert_eq!(told(address), None, "{address}");
        }
    }

    #[test]
    fn the_country_is_known_by_itself() {
        let database = Database::open(Bytes::from_static(PLACES)).unwrap();
        let place = database.find("192.0.2.9".parse().unwrap()).unwrap().unwrap();
        assert_eq!(place.country, CountryCode::parse("JP"));
        for wrong in ["", "J", "jp", "JPN", "J1", "日"] {
            assert_eq!(CountryCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_database_of_cities_is_refused() {
        assert_eq!(Database::open(Bytes::from_static(COUNTRIES)).err(), Some(DatabaseError::NotOfCities));
        for nothing in [&b""[..], b"nothing", &[0; 4096], b"\xab\xcd\xefMaxMind.com"] {
            assert_eq!(Database::open(Bytes::from_static(nothing)).err(), Some(DatabaseError::Damaged));
        }
    }

    #[test]
    fn a_database_that_was_cut_off_is_refused() {
        for length in 0..PLACES.len() {
            assert!(Database::open(Bytes::from_static(&PLACES[..length])).is_err(), "{length} bytes");
        }
    }

    /// Asks for every address; all that matters is that there is an answer.
    fn ask(content: Vec<u8>) {
        let Ok(database) = Database::open(Bytes::from(content)) else { return };
        for address in ADDRESSES {
            if let Ok(Some(place)) = database.find(address.parse().unwrap()) {
                let told = place.to_string();
                assert!(told.chars().count() <= 2 * LONGEST_NAME + 8 && !told.contains(char::is_control), "{told:?}");
            }
        }
    }

    #[test]
    fn no_single_damaged_byte_is_more_than_an_error() {
        for index in 0..PLACES.len() {
            for byte in [0x00, 0x1d, 0x20, 0x3f, 0x5f, 0x7f, 0xe0, 0xff, PLACES[index] ^ 1, PLACES[index] ^ 0x80] {
                let mut content = PLACES.to_vec();
                content[index] = byte;
                ask(content);
            }
        }
    }

    proptest! {
        #[test]
        fn a_damaged_database_is_an_error_or_answers(
            damage in prop::collection::vec((0..PLACES.len(), any::<u8>()), 1..40)
        ) {
            let mut content = PLACES.to_vec();
            for (index, byte) in damage {
                content[index] = byte;
            }
            ask(content);
        }
    }
}
