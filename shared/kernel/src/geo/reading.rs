//! Reading the database from the bucket, in as many tries as it takes.
//!
//! A try may end because its connection does, or because a function must not be kept from its next request any longer. So
//! what has arrived is kept, and each try asks for the rest of the same version.

use std::time::Duration;

use bytes::Bytes;

use super::{KEY, LARGEST};
use crate::bucket::{BucketError, Read, Reader, Version};
use crate::outbound::{OutboundError, Reply};

/// How long the next piece may take before the connection is taken for dead.
const PACE: Duration = Duration::from_secs(2);

/// What has arrived so far of one version.
#[derive(Default)]
pub(super) struct Reading(Option<Part>);

struct Part {
    etag: String,
    size: usize,
    content: Vec<u8>,
}

/// How reading went.
pub(super) enum Outcome {
    /// The whole is there.
    Whole { etag: String, content: Bytes },
    /// The bucket has the version that is known.
    Unchanged,
    /// The bucket has none.
    Missing,
}

/// Why a try ended before the whole was there.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The bucket refused or left; the next try goes on from here.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The object is larger than any database should be.
    #[error("the database in the bucket has {0} bytes, which is too many")]
    TooLarge(u64),
}

impl From<OutboundError> for ReadError {
    fn from(error: OutboundError) -> Self {
        Self::Bucket(error.into())
    }
}

impl Reading {
    /// How many bytes are there.
    pub(super) fn arrived(&self) -> usize {
        self.0.as_ref().map_or(0, |part| part.content.len())
    }

    /// Reads on, or begins to, unless the bucket has the version that is `known`: 1 `GetObject`, another if the object
    /// was replaced meanwhile.
    pub(super) async fn go_on(&mut self, bucket: &Reader, known: Option<&str>) -> Result<Outcome, ReadError> {
        if let Some(part) = &self.0 {
            let from = u64::try_from(part.content.len()).unwrap_or(u64::MAX);
            match bucket.read_on(KEY, &part.etag, from).await? {
                Read::Content(_, reply) => return self.receive(*reply).await,
                Read::Unchanged | Read::Replaced | Read::Missing => self.0 = None,
            }
        }
        match bucket.read(KEY, known).await? {
            Read::Content(version, reply) => {
                self.0 = Some(Part::of(version)?);
                self.receive(*reply).await
            }
            Read::Unchanged => Ok(Outcome::Unchanged),
            Read::Replaced | Read::Missing => Ok(Outcome::Missing),
        }
    }

    async fn receive(&mut self, mut reply: Reply) -> Result<Outcome, ReadError> {
        let Some(part) = &mut self.0 else { return Ok(Outcome::Missing) };
        while part.content.len() < part.size {
            // S3 said how much there is; a connection that ends before has failed.
            let Some(piece) = reply.next(PACE).await? else { return Err(OutboundError::NoConnection.into()) };
            let room = part.size - part.content.len();
            part.content.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        }
        let Some(part) = self.0.take() else { return Ok(Outcome::Missing) };
        Ok(Outcome::Whole { etag: part.etag, content: part.content.into() })
    }
}

impl Part {
    /// Room for the whole is taken at once: growing would hold it twice for a moment.
    fn of(version: Version) -> Result<Self, ReadError> {
        let size = usize::try_from(version.size).ok().filter(|size| *size <= LARGEST);
        let size = size.ok_or(ReadError::TooLarge(version.size))?;
        Ok(Self { etag: version.etag, size, content: Vec::with_capacity(size) })
    }
}
