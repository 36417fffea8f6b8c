//! Names that two domains claim.

use std::collections::BTreeMap;
use std::fmt;

/// A name that is claimed twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash<'a> {
    /// The name.
    pub name: &'a str,
    /// The domain that claims it first.
    pub first: &'a str,
    /// The domain that claims it again; the same one if it lists the name twice.
    pub second: &'a str,
}

impl fmt::Display for Clash<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is claimed by {} and by {}", self.name, self.first, self.second)
    }
}

/// The names that are claimed twice among these claims, each a domain and a name.
pub fn clashes<'a>(claims: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Clash<'a>> {
    let mut claimed = BTreeMap::new();
    let clash = |(second, name)| claimed.insert(name, second).map(|first| Clash { name, first, second });
    claims.into_iter().filter_map(clash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_two_domains_claim_is_reported_with_both() {
        let claims = [("sales", "ORDER_PLACED"), ("trackers", "VISIT"), ("licences", "ORDER_PLACED")];
        let found: Vec<String> = clashes(claims).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["ORDER_PLACED is claimed by sales and by licences"]);
        assert!(clashes([("sales", "ORDER_PLACED"), ("trackers", "VISIT")]).is_empty());
    }
}
