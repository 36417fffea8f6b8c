//! Small facts that must survive a kill: written beside and renamed, so a file is whole or the one before.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;

/// One JSON file under `.local/`.
#[derive(Debug, Clone)]
pub(crate) struct StateFile(PathBuf);

impl StateFile {
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        Self(folder.join(name))
    }

    /// What was stored; the default when nothing was.
    pub(crate) fn read<T: DeserializeOwned + Default>(&self) -> Result<T, Failure> {
        match std::fs::read(&self.0) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                format!("{} is not readable ({error}); delete it to start anew", self.0.display()).into()
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(T::default()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn write<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        let beside = self.0.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(value)?)?;
        Ok(std::fs::rename(beside, &self.0)?)
    }
}
