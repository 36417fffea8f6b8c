//! Files of the repository, replaced as a whole: who reads one meanwhile gets the old text or the new.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// A path below the repository's root.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The text of a file, by its path from the root.
pub fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(root(path)).map_err(|error| Error::new(error.kind(), format!("{path}: {error}")))
}

/// Replaces a file, if its text differs: what is the same keeps its time, and cargo compiles nothing anew.
pub fn replace(path: &str, text: &str) -> Result<()> {
    replace_at(&root(path), text).map_err(|error| Error::new(error.kind(), format!("{path}: {error}")))
}

fn replace_at(file: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(file).is_ok_and(|known| known == text) {
        return Ok(());
    }
    // Beside it, since a file is only renamed within a file system.
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = file.with_file_name(format!(".{name}.{}", std::process::id()));
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_never_sees_a_half_written_file() {
        let folder = std::env::temp_dir().join(format!("latchkey-generate-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("template.yaml");
        let texts = ["a".repeat(1 << 20), "b".repeat(1 << 20)];
        replace_at(&file, &texts[0]).unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| (0..40).for_each(|turn| replace_at(&file, &texts[turn % 2]).unwrap()));
            while !writer.is_finished() {
                let read = std::fs::read_to_string(&file).unwrap();
                assert!(texts.contains(&read), "{} bytes of it", read.len());
            }
        });
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["template.yaml"], "what is written beside it is left");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_the_same_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("latchkey-generate-same-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("api.html");
        let written = || std::fs::metadata(&file).unwrap().modified().unwrap();
        replace_at(&file, "page").unwrap();
        let before = std::time::SystemTime::UNIX_EPOCH;
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(before).unwrap();
        replace_at(&file, "page").unwrap();
        assert_eq!(written(), before);
        replace_at(&file, "another page").unwrap();
        assert_ne!(written(), before);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
