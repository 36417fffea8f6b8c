//! No item of a person is forgotten: it lies in the person's partition, or its domain lists it, or the chart says
//! why it is not personal.

use latchkey::dynamo::Entity;
use latchkey::dynamo::keys::{CHART, Personal};

/// What each domain's `PersonalData` lists.
const LISTED: &[(&str, &[Entity])] = &[
    ("accounts", latchkey::accounts::PERSONAL_ENTITIES),
    ("audit", latchkey::audit::PERSONAL_ENTITIES),
    ("mfa", latchkey::mfa::PERSONAL_ENTITIES),
    ("privacy", latchkey::privacy::PERSONAL_ENTITIES),
    ("sessions", latchkey::sessions::PERSONAL_ENTITIES),
    ("social", latchkey::social::PERSONAL_ENTITIES),
];

#[test]
fn every_entity_is_in_its_persons_partition_or_listed_by_the_domain_that_the_chart_names() {
    for shape in CHART {
        let listed: Vec<_> =
            LISTED.iter().filter(|(_, entities)| entities.contains(&shape.entity)).map(|(domain, _)| *domain).collect();
        match shape.personal {
            Personal::ListedBy(domain) => assert_eq!(listed, [domain], "{}", shape.entity.name()),
            Personal::Partition | Personal::No(_) => {
                assert!(listed.is_empty(), "{} is listed twice", shape.entity.name());
            }
        }
    }
}
