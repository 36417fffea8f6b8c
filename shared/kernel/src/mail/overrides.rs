//! An owner's own mail templates: files that take the place of ours, each by its name, and each only as long as it works.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::PathBuf;

use minijinja::Error;

use crate::telemetry::chain;

/// A folder of templates.
pub(super) struct Overrides {
    folder: PathBuf,
}

/// The owner's files for one mail: their text by their name.
pub(super) type Files = BTreeMap<String, String>;

impl Overrides {
    /// The templates in this folder. They are read for each mail, so that a corrected one serves from the next on.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Those of these files that are there; and the names of those that are there and cannot be read.
    pub(super) fn read(&self, names: impl Iterator<Item = String>) -> (Files, BTreeSet<String>) {
        let (mut files, mut broken) = (Files::new(), BTreeSet::new());
        for name in names {
            match std::fs::read_to_string(self.folder.join(&name)) {
                Ok(source) => drop(files.insert(name, source)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::error!(file = name, error = chain(&error), "an own mail template cannot be read");
                    broken.insert(name);
                }
            }
        }
        (files, broken)
    }
}

/// Takes out the files that do not even work by themselves, and names them. The log gets the kind of the error and its
/// line: its words may quote the template's values.
pub(super) fn drop_broken<T>(files: &mut Files, try_with: impl Fn(&Files) -> Result<T, Error>) -> BTreeSet<String> {
    let mut broken = BTreeSet::new();
    files.retain(|name, source| match try_with(&Files::from([(name.clone(), source.clone())])) {
        Ok(_) => true,
        Err(error) => {
            tracing::error!(file = name, error = %error.kind(), line = error.line(), "an own mail template is broken");
            broken.insert(name.clone());
            false
        }
    });
    broken
}
