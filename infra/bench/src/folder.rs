//! A folder of the run's own: secrets, logs, the file of the million accounts. It goes when the run ends.

use std::path::{Path, PathBuf};

use latchkey_identity::app::create_missing;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::secret::SecretSource;

use crate::Failure;

/// A folder that is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes a folder below `parent`, with secrets in it.
    pub(crate) async fn create(parent: &Path) -> Result<Self, Failure> {
        remove_abandoned(parent)?;
        let path = std::path::absolute(parent)?.join(format!("run-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        let folder = Self(path);
        let secrets = SecretSource::Folder(folder.0.join("secrets"));
        std::fs::create_dir_all(folder.0.join("secrets"))?;
        // What this process brings about is sealed and signed with the keys of the tests.
        for (name, secret) in latchkey_tests::Vault::new().all() {
            std::fs::write(folder.0.join(format!("secrets/{name}.json")), secret)?;
        }
        create_missing(&secrets, &Entropy::operating_system(), system_now()).await?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// Removes what runs left behind that were killed; the million accounts are gigabytes.
fn remove_abandoned(parent: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(parent)?;
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        let name = entry.file_name();
        let run = name.to_str().and_then(|name| name.strip_prefix("run-"));
        if run.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies below `target/`.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_goes_with_its_run_and_with_the_next_one_if_the_run_was_killed() {
        let parent = std::env::temp_dir().join(format!("latchkey-bench-folder-{}", std::process::id()));
        let abandoned = parent.join("run-999999999");
        std::fs::create_dir_all(&abandoned).unwrap();
        let folder = Folder::create(&parent).await.unwrap();
        let path = folder.path().to_owned();
        assert!(path.join("secrets/pepper.json").is_file());
        assert!(!abandoned.exists());
        drop(folder);
        assert!(!path.exists());
        std::fs::remove_dir_all(parent).unwrap();
    }
}
