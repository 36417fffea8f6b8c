//! Links between documents lead somewhere, and the guards that they name exist.

use std::path::{Path, PathBuf};

use crate::tidy::rust_files;
use crate::{read, root};

/// Every document of the repository, wherever it lies; not what was built, fetched or kept beside it.
fn documents() -> Vec<PathBuf> {
    fn collect(folder: &Path, documents: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["target", "node_modules"].contains(&name.as_str()) && !name.starts_with('.') {
                collect(&path, documents);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    let mut documents = Vec::new();
    collect(&root(""), &mut documents);
    documents
}

#[test]
fn every_relative_link_of_a_document_leads_to_a_file() {
    let documents = documents();
    let is_there = |name: &str| documents.iter().any(|document| document.ends_with(name));
    for name in
        ["README.md", "SECURITY.md", "docs/privacy.md", "infra/deploy-test/README.md", "docs/generated/errors.md"]
    {
        assert!(is_there(name), "{name} is among {documents:?}");
    }
    let mut followed = 0;
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http") && !target.starts_with('#')) {
            let path = target.split('#').next().unwrap();
            // What leads out of the repository is a page of where it is hosted, such as that of advisories.
            let depth = document.strip_prefix(root("")).unwrap().components().count();
            if path.split('/').take_while(|part| *part == "..").count() >= depth {
                continue;
            }
            assert!(document.with_file_name(path).exists(), "{} links to {target}", document.display());
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed} links");
}

#[test]
fn every_test_that_the_architecture_names_exists() {
    let code: String = rust_files().iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for name in read("ARCHITECTURE.md").split('`').skip(1).step_by(2) {
        let is_sentence =
            name.matches('_').count() >= 4 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(!is_sentence || code.contains(&format!("fn {name}(")), "there is no test `{name}`");
    }
}
