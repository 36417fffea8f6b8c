//! That no two domains claim the same: an error code, an event, a name that rows or callers know.

use std::collections::BTreeMap;

/// What is claimed more than once among these claims, each a domain and a name: `ORDER_PLACED: sales, licences`. A name
/// that one domain claims twice is found as well.
pub fn claimed_twice<'a>(claims: impl IntoIterator<Item = (&'a str, String)>) -> Vec<String> {
    let mut claimants: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (domain, name) in claims {
        claimants.entry(name).or_default().push(domain);
    }
    claimants.retain(|_, domains| domains.len() > 1);
    claimants.into_iter().map(|(name, domains)| format!("{name}: {}", domains.join(", "))).collect()
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
}
