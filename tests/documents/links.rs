//! Links between documents lead somewhere.

use crate::{read, root};

#[test]
fn every_relative_link_of_a_document_leads_to_a_file() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(document);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http") && !target.starts_with('#')) {
            let path = target.split('#').next().unwrap();
            assert!(root(path).exists(), "{document} links to {target}");
        }
    }
}
