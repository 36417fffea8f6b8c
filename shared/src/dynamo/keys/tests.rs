//! What holds of every key.

use proptest::prelude::*;

use super::*;

#[test]
fn every_personal_item_lies_in_its_persons_partition_or_is_listed_by_a_domain() {
    for shape in CHART {
        if shape.personal == Personal::Partition {
            assert!(
                shape.pk.starts_with("ACCOUNT#{account}"),
                "{} is not in its person's partition",
                shape.entity.name()
            );
        }
    }
}

#[test]
fn what_identifies_a_person_is_not_shown_of_a_key() {
    assert_eq!(email_claim("ada@example.com").to_string(), "EMAIL#… / CLAIM");
}

proptest! {
    #[test]
    fn no_two_names_share_a_key(a in "[a-z#@.]{1,12}", b in "[a-z#@.]{1,12}") {
        prop_assert_eq!(a == b, email_claim(&a) == email_claim(&b));
        prop_assert_eq!(a == b, username_claim(&a) == username_claim(&b));
        prop_assert_ne!(email_claim(&a), username_claim(&b));
        prop_assert_ne!(phone_claim(&a), username_claim(&b));
    }
}
