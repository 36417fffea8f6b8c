//! A folder of the run's own: secrets, logs, the file of the million accounts. It goes when the run ends.

use std::path::{Path, PathBuf};

use crate::Failure;

/// A folder that is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes a folder below `parent`.
    pub(crate) fn create(parent: &Path) -> Result<Self, Failure> {
        let path = std::path::absolute(parent)?.join(format!("run-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        let folder = Self(path);
        latchkey::secret::create_missing(&folder.0.join("secrets"))?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies below `target/`.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
