//! That no two domains claim the same: an error code, a metric, a name that rows or callers know.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::Domain;

/// What more than one of these domains claims, with their names: `409 taken: accounts, sales`. The claims of a domain are
/// one `part` of it, such as its codes; what one domain claims twice is found as well.
pub fn claimed_twice<P>(domains: &[Domain], part: impl Fn(&Domain) -> P) -> Vec<String>
where
    P: IntoIterator<Item: Display>,
{
    let mut claimants: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for domain in domains {
        for claim in part(domain) {
            claimants.entry(claim.to_string()).or_default().push(domain.name);
        }
    }
    claimants.retain(|_, names| names.len() > 1);
    claimants.into_iter().map(|(claim, names)| format!("{claim}: {}", names.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Code;
    use crate::http::codes::{NOT_FOUND, RATE_LIMITED};
    use crate::telemetry::Metric;
    use crate::telemetry::metrics::{LATENCY, OUTBOX_AGE};

    fn domain(name: &'static str, codes: &'static [Code], metrics: &'static [Metric]) -> Domain {
        let mut domain = Domain::NONE;
        (domain.name, domain.codes, domain.metrics) = (name, codes, metrics);
        domain
    }

    #[test]
    fn what_two_domains_claim_is_found_with_both_names() {
        let lending = domain("lending", &[NOT_FOUND], &[LATENCY, OUTBOX_AGE, OUTBOX_AGE]);
        let selling = domain("selling", &[RATE_LIMITED, NOT_FOUND], &[LATENCY]);
        let both = [lending, selling];
        assert_eq!(claimed_twice(&both, |domain| domain.codes), ["404 not_found: lending, selling"]);
        assert_eq!(
            claimed_twice(&both, |domain| domain.metrics),
            ["Latency: lending, selling", "OutboxAge: lending, lending"]
        );
        assert!(claimed_twice(&[selling], |domain| domain.codes).is_empty());
    }
}
