//! Where AWS is.

use std::collections::BTreeMap;

/// Where AWS is, in the variables that every SDK of AWS reads.
#[derive(Debug, Clone)]
pub struct Aws {
    /// The region; Lambda sets it.
    pub region: Option<String>,
    /// Whether the endpoints with validated cryptography are asked (`AWS_USE_FIPS_ENDPOINT`).
    pub use_fips: bool,
    /// Whether the endpoints are asked that speak IPv6 as well (`AWS_USE_DUALSTACK_ENDPOINT`).
    pub use_dual_stack: bool,
    endpoints: BTreeMap<String, String>,
}

impl Aws {
    const ENDPOINT: &str = "AWS_ENDPOINT_URL";

    pub(super) fn from_variables(values: &BTreeMap<String, String>) -> Self {
        let endpoints = values.iter().filter(|(name, value)| name.starts_with(Self::ENDPOINT) && !value.is_empty());
        // What is neither true nor false counts as not set, as in every SDK of AWS.
        let is_on = |name| values.get(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        Self {
            region: values.get("AWS_REGION").cloned(),
            use_fips: is_on("AWS_USE_FIPS_ENDPOINT"),
            use_dual_stack: is_on("AWS_USE_DUALSTACK_ENDPOINT"),
            endpoints: endpoints.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    /// The endpoint of a stand-in for a service (`AWS_ENDPOINT_URL_{service}`), or for all of them.
    pub fn endpoint(&self, service: &str) -> Option<String> {
        let own = self.endpoints.get(&format!("{}_{service}", Self::ENDPOINT));
        own.or_else(|| self.endpoints.get(Self::ENDPOINT)).cloned()
    }
}
