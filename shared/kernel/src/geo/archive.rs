//! The archive that MaxMind publishes: a tar, gzipped, with the database in a dated folder beside its licence.
//!
//! It is read in memory. Nothing of it becomes a file, so that no name in it can lead anywhere.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::GzDecoder;
use tar::Archive;

use super::LARGEST;

/// What the database is called in there, in whatever folder.
const NAME: &str = "GeoLite2-City.mmdb";

/// Why there is no database in an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It is damaged.
    #[error("the archive is damaged")]
    Damaged,
    /// It has no such file.
    #[error("the archive has no {NAME}")]
    NoDatabase,
    /// What it unfolds to is larger than any database should be.
    #[error("the database in the archive is too large")]
    TooLarge,
}

/// Takes the database out. Never unfolds more than [`LARGEST`] bytes of it, whatever the archive claims.
pub(super) fn database(archive: &[u8]) -> Result<Bytes, ArchiveError> {
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    // What stands before the database in the archive is read over; it must not be a bomb either.
    let mut archive = Archive::new(GzDecoder::new(archive).take(2 * limit));
    for entry in archive.entries().map_err(|_| ArchiveError::Damaged)? {
        let entry = entry.map_err(|_| ArchiveError::Damaged)?;
        let is_it = entry.header().entry_type().is_file()
            && entry.path().is_ok_and(|path| path.file_name().is_some_and(|name| name == NAME));
        if !is_it {
            continue;
        }
        let size = entry.size();
        if size > limit {
            return Err(ArchiveError::TooLarge);
        }
        let mut content = Vec::with_capacity(usize::try_from(size).map_err(|_| ArchiveError::TooLarge)?);
        entry.take(limit).read_to_end(&mut content).map_err(|_| ArchiveError::Damaged)?;
        return if u64::try_from(content.len()) == Ok(size) { Ok(content.into()) } else { Err(ArchiveError::Damaged) };
    }
    Err(ArchiveError::NoDatabase)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use tar::{Builder, EntryType, Header};

    use super::*;

    fn entry(builder: &mut Builder<GzEncoder<Vec<u8>>>, path: &str, kind: EntryType, content: &[u8]) {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, content).unwrap();
    }

    fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (path, kind, content) in entries {
            entry(&mut builder, path, *kind, content);
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn the_database_is_found_beside_other_files() {
        let archive = archive(&[
            ("GeoLite2-City_20260227/COPYRIGHT.txt", EntryType::Regular, b"words"),
            ("GeoLite2-City_20260227/GeoLite2-City.mmdb", EntryType::Regular, b"database"),
        ]);
        assert_eq!(database(&archive).unwrap(), "database");
    }

    #[test]
    fn what_only_has_its_name_is_not_taken_for_it() {
        for (path, kind) in [
            ("x/GeoLite2-City.mmdb.txt", EntryType::Regular),
            ("x/GeoLite2-City.mmdb", EntryType::Symlink),
            ("x/GeoLite2-City.mmdb", EntryType::Directory),
            ("GeoLite2-City.mmdb/x", EntryType::Regular),
        ] {
            assert_eq!(database(&archive(&[(path, kind, b"")])), Err(ArchiveError::NoDatabase), "{path} {kind:?}");
        }
        assert_eq!(database(&archive(&[])), Err(ArchiveError::NoDatabase));
    }

    #[test]
    fn an_archive_that_was_cut_off_is_refused() {
        // Noise, so that every byte of the archive matters.
        let content: Vec<u8> =
            (0_u32..4000).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
        let whole = archive(&[("x/GeoLite2-City.mmdb", EntryType::Regular, &content)]);
        for length in 0..whole.len() * 3 / 4 {
            assert!(database(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn an_archive_that_claims_to_hold_more_than_any_database_is_refused() {
        let mut header = Header::new_gnu();
        header.set_path("x/GeoLite2-City.mmdb").unwrap();
        header.set_size(u64::MAX / 4);
        header.set_cksum();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        std::io::Write::write_all(&mut encoder, header.as_bytes()).unwrap();
        assert_eq!(database(&encoder.finish().unwrap()), Err(ArchiveError::TooLarge));
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_are_an_error_and_no_more(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(database(&bytes).is_err());
        }
    }
}
