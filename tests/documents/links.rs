//! Links between documents lead somewhere, and the guards that they name exist.

use crate::tidy::rust_files;
use crate::{read, root};

#[test]
fn every_relative_link_of_a_document_leads_to_a_file() {
    let documents =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/protect-your-api/README.md"];
    for document in documents {
        let text = read(document);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http") && !target.starts_with('#')) {
            let path = target.split('#').next().unwrap();
            assert!(root(document).with_file_name(path).exists(), "{document} links to {target}");
        }
    }
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
