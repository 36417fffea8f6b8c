//! That no two domains claim the same: an error code, an event, a name that rows or callers know.

use std::collections::BTreeMap;
use std::fmt::Display;

/// What is claimed more than once among these claims, each a claimant (a domain, or a part of one) and a name:
/// `ORDER_PLACED: sales, licences`. A name that one claimant claims twice is found as well.
pub fn claimed_twice(claims: impl IntoIterator<Item = (impl Display, String)>) -> Vec<String> {
    let mut claimants: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (claimant, name) in claims {
        claimants.entry(name).or_default().push(claimant.to_string());
    }
    claimants.retain(|_, claimants| claimants.len() > 1);
    claimants.into_iter().map(|(name, claimants)| format!("{name}: {}", claimants.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_two_domains_claim_is_found_with_both_of_them() {
        let claims =
            [("sales", "ORDER_PLACED"), ("trackers", "VISIT"), ("licences", "ORDER_PLACED"), ("sales", "SOLD")];
        let claims = |kept: usize| claims.into_iter().take(kept).map(|(domain, name)| (domain, name.to_owned()));
        assert_eq!(claimed_twice(claims(4)), ["ORDER_PLACED: sales, licences"]);
        assert!(claimed_twice(claims(2)).is_empty());
        assert_eq!(claimed_twice([("sales", "SOLD".to_owned()), ("sales", "SOLD".to_owned())]), ["SOLD: sales, sales"]);
    }

    #[test]
    fn a_variable_or_a_section_of_two_domains_is_found_with_both() {
        let colours = [("looks of shirts", "COLOUR"), ("sizes of shoes", "SIZE"), ("paint of shoes", "COLOUR")];
        let names = [("looks of shirts", "looks"), ("looks of hats", "looks")];
        let claims = colours.into_iter().chain(names).map(|(claimant, name)| (claimant, name.to_owned()));
        assert_eq!(
            claimed_twice(claims),
            ["COLOUR: looks of shirts, paint of shoes", "looks: looks of shirts, looks of hats"]
        );
    }
}
