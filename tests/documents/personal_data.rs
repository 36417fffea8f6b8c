//! No item of a person is forgotten: every kind that is declared as personal in a `keys.rs` is declared by one domain, which says what an
//! export tells of it and how it is erased. A new kind of item that nobody declares fails here.

use std::collections::BTreeSet;

use latchkey_identity::app::Domain;
use latchkey_identity::registry;
use latchkey_kernel::dynamo::Personal;
use latchkey_kernel::personal_data::{Declared, Erased, Exported};

/// Who declares this kind of item, and how.
fn declarations(entity: &str) -> Vec<(&'static str, Declared)> {
    let all = registry::personal_data().flat_map(|domain| domain.items().iter().map(|item| (domain.domain(), *item)));
    all.filter(|(_, item)| item.entity.name() == entity).collect()
}

#[test]
fn every_personal_item_is_declared_by_one_domain() {
    let shapes = registry::DOMAINS
        .iter()
        .flat_map(|domain| domain.entities.iter().copied().flatten().map(|shape| (domain.name, shape)));
    for (own, shape) in shapes {
        let name = shape.entity.name();
        let declared = declarations(name);
        match shape.personal {
            Personal::No(_) => {
                assert!(declared.is_empty(), "{name} is declared, and its domain says it is not personal");
            }
            Personal::Partition => {
                assert_eq!(declared.len(), 1, "{name} is declared in no personal_data.rs, or in two");
            }
            Personal::Listed => {
                assert_eq!(declared.len(), 1, "{name} is declared in no personal_data.rs, or in two");
                // Those of the kernel may be anybody's.
                assert!(
                    [declared[0].0, Domain::KERNEL.name].contains(&own),
                    "{} declares {name} of {own}",
                    declared[0].0
                );
                assert_ne!(declared[0].1.erased, Erased::WithPartition, "{name} does not lie in the partition");
            }
        }
    }
}

#[test]
fn what_is_declared_to_lie_in_a_partition_has_its_key() {
    for shape in registry::entities().filter(|shape| shape.personal == Personal::Partition) {
        let theirs = ["ACCOUNT#{account}", "{partition of the data subject}"].contains(&shape.pk);
        assert!(theirs, "{} is not in its data subject's partition", shape.entity.name());
    }
}

#[test]
fn every_file_that_an_item_is_told_in_is_described_once_and_by_its_domain() {
    let mut names = BTreeSet::new();
    for domain in registry::personal_data() {
        for file in domain.files() {
            assert!(names.insert(file.name), "{} is written twice", file.name);
            assert!(file.meaning.ends_with('.') && file.meaning.len() > 20, "{} says nothing", file.name);
            let plain = file.name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.' | '/'));
            assert!(plain && !file.name.contains("..") && !file.name.starts_with('/'), "{}", file.name);
        }
        for item in domain.items() {
            match item.exported {
                Exported::In(name) => {
                    let described = domain.files().iter().any(|file| file.name == name);
                    assert!(described, "{} says that {} is told in {name}", domain.domain(), item.entity.name());
                }
                Exported::Not(reason) => assert!(reason.len() > 10, "{} is left out for no reason", item.entity.name()),
            }
        }
    }
}

#[test]
fn every_domain_has_its_folder() {
    for domain in registry::personal_data() {
        let file = format!("shared/identity/src/{}/personal_data.rs", domain.domain());
        assert!(crate::root(&file).exists(), "{file}");
    }
}
