//! What the product knows of people: what each domain gives a person of it, and how it forgets it.
//!
//! Every domain says so in its own `personal_data.rs`, by [`PersonalData`], and `privacy` holds the list of them all. What
//! lies in a person's partition is erased whole, whatever it is; so a domain that keeps nothing elsewhere only says what
//! it exports. The tests compare [`PersonalData::items`] with all declared kinds of items: one that is left out fails.

mod archive;
mod cells;
mod erasure;
pub mod retention;

pub mod keys;

use futures_util::future::LocalBoxFuture;

pub use archive::{Archive, ArchiveError, Bytes, Lines, Made, Told};
pub use erasure::under_way;
pub use erasure::{Erasure, ErasureRow, Tally};

use crate::dynamo::Entity;
use crate::fault::Fault;
use crate::kernel::DataSubject;

/// What a domain keeps of data subjects of one kind.
pub trait PersonalData<S: DataSubject>: Sync {
    /// The domain, by the name of its folder.
    fn domain(&self) -> &'static str;

    /// Every kind of item that it keeps of people.
    fn items(&self) -> &'static [Declared];

    /// The files that it adds to an export.
    fn files(&self) -> &'static [File];

    /// Writes its files. Whatever is long is read in pages and written row by row: an export of any size must fit in the
    /// memory of a small function.
    fn export<'a>(&'a self, subject: &'a S, archive: &'a mut Archive) -> LocalBoxFuture<'a, Result<(), ExportError>>;

    /// Forgets what lies outside the person's partition. It may be called again after any of its requests, so it must find
    /// what is left and not mind what is gone. Whatever it needs to know of the person is still there: the partition
    /// is erased after all domains, and the account last.
    fn erase<'a>(&'a self, _erasure: &'a mut Erasure<'_, S>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Forgets what may still come into being while anything is left in the person's partition. It is called when nothing
    /// is left but the account, which by then lets nobody do anything, and may be called again as well.
    fn erase_last<'a>(&'a self, _erasure: &'a mut Erasure<'_, S>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// One kind of item that a domain keeps of people.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// The kind.
    pub entity: Entity,
    /// What an export tells of it.
    pub exported: Exported,
    /// How it is erased.
    pub erased: Erased,
}

impl Declared {
    /// One that goes with everything in the person's partition.
    pub const fn in_partition(entity: Entity, exported: Exported) -> Self {
        Self { entity, exported, erased: Erased::WithPartition }
    }

    /// One that the domain erases, in this way.
    pub const fn by_domain(entity: Entity, exported: Exported, how: &'static str) -> Self {
        Self { entity, exported, erased: Erased::ByDomain(how) }
    }
}

/// What an export tells of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// It is told in this file.
    In(&'static str),
    /// It is not told, for this reason: it is a secret, or says nothing that is not told elsewhere.
    Not(&'static str),
}

/// How an item is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// With everything in the person's partition.
    WithPartition,
    /// By the domain, in this way.
    ByDomain(&'static str),
}

/// One file of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its name in the archive.
    pub name: &'static str,
    /// What it is, in words that its person understands.
    pub meaning: &'static str,
}

/// Why there is no export, or not yet.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
    /// The archive cannot be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}
