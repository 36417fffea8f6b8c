//! Sections that were parsed, and where they are parsed from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use super::{ConfigError, Process, SectionShape, Values};

/// What is read from the variables of one section.
pub trait Configured: Sized {
    /// The variables, and who reads them.
    const SHAPE: SectionShape;

    /// Reads the section. It may ask for the variables of its shape and for no others.
    fn read(read: &Values<'_>) -> Result<Self, ConfigError>;
}

/// A section of the configuration. Cheap to clone.
///
/// It has a value in the processes that its shape names. A function that reads another section than those that it
/// declares would read a default, whatever the operator set; so that is a fault of ours, and the request fails.
pub struct Section<T>(Arc<Parts<T>>);

struct Parts<T> {
    name: &'static str,
    value: Option<T>,
    reads: Reads,
}

/// The names of the sections that were read.
#[derive(Debug, Clone, Default)]
pub(super) struct Reads(Arc<Mutex<BTreeSet<&'static str>>>);

impl Reads {
    fn note(&self, name: &'static str) {
        if cfg!(debug_assertions) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        }
    }

    pub(super) fn names(&self) -> BTreeSet<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<T: Configured> Section<T> {
    /// A section with this value.
    pub fn holding(value: T) -> Self {
        Self(Arc::new(Parts { name: T::SHAPE.name, value: Some(value), reads: Reads::default() }))
    }
}

impl<T> Section<T> {
    /// The section, if this process reads it.
    pub fn if_read(&self) -> Option<&T> {
        let value = self.0.value.as_ref()?;
        self.0.reads.note(self.0.name);
        Some(value)
    }
}

impl<T> Deref for Section<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.if_read().unwrap_or_else(|| undeclared(self.0.name))
    }
}

#[expect(clippy::panic, reason = "to go on with a default in place of what the operator set could open what is closed")]
fn undeclared(section: &str) -> ! {
    panic!("this process reads the section {section} of the configuration and does not declare it")
}

impl<T> Clone for Section<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for Section<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple(self.0.name).field(&self.0.value).finish()
    }
}

impl<T: fmt::Display> fmt::Display for Section<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

/// The variables of a process.
pub struct Source<'a> {
    process: Process,
    values: &'a BTreeMap<String, String>,
    reads: Reads,
}

impl<'a> Source<'a> {
    /// These variables, of which this process reads some. An empty value counts as not set.
    pub fn new(process: Process, values: &'a BTreeMap<String, String>) -> Self {
        Self { process, values, reads: Reads::default() }
    }

    /// A section, parsed if this process reads it.
    pub fn section<T: Configured>(&self) -> Result<Section<T>, ConfigError> {
        let shape = &T::SHAPE;
        let value = shape.is_read_by(self.process).then(|| T::read(&Values::of(self.values, shape))).transpose()?;
        Ok(Section(Arc::new(Parts { name: shape.name, value, reads: self.reads.clone() })))
    }

    /// A section that every process reads.
    pub(super) fn always<T: Configured>(&self) -> Result<T, ConfigError> {
        self.reads.note(T::SHAPE.name);
        T::read(&Values::of(self.values, &T::SHAPE))
    }

    pub(super) fn reads(&self) -> Reads {
        self.reads.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AppName, BucketName, ReadBy};

    #[test]
    fn what_a_process_does_not_read_is_not_parsed_and_has_no_default() {
        assert!(matches!(BucketName::SHAPE.readers, ReadBy::ApiAnd(_)));
        let values = BTreeMap::from([("BUCKET".to_owned(), "files".to_owned())]);
        let of_a_worker: Section<BucketName> = Source::new(Process::Worker("mailer"), &values).section().unwrap();
        assert!(of_a_worker.if_read().is_none());
        let read = std::panic::catch_unwind(|| of_a_worker.name.clone());
        let said = read.unwrap_err().downcast::<String>().unwrap();
        assert!(said.contains("reads the section bucket"), "{said}");
        let of_the_api: Section<BucketName> = Source::new(Process::Api("auth"), &values).section().unwrap();
        assert_eq!(of_the_api.name.as_deref(), Some("files"));
    }

    #[test]
    fn what_was_read_is_known() {
        let values = BTreeMap::new();
        let source = Source::new(Process::Tool, &values);
        let (name, _bucket): (Section<AppName>, Section<BucketName>) =
            (source.section().unwrap(), source.section().unwrap());
        assert!(source.reads().names().is_empty());
        assert_eq!(name.as_str(), "Latchkey");
        assert_eq!(source.reads().names(), BTreeSet::from(["app name"]));
    }
}
