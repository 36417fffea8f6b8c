//! Where AWS is.

use std::collections::BTreeMap;

/// Where AWS is, in the variables that every SDK of AWS reads.
#[derive(Debug, Clone)]
pub struct Aws {
    /// The region; Lambda sets it.
    pub region: Option<String>,
    endpoints: BTreeMap<String, String>,
}

impl Aws {
    const ENDPOINT: &str = "AWS_ENDPOINT_URL";

    pub(super) fn from_variables(values: &BTreeMap<String, String>) -> Self {
        let endpoints = values.iter().filter(|(name, value)| name.starts_with(Self::ENDPOINT) && !value.is_empty());
        Self {
            region: values.get("AWS_REGION").cloned(),
            endpoints: endpoints.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    /// The endpoint of a stand-in for a service (`AWS_ENDPOINT_URL_{service}`), or for all of them.
    pub fn endpoint(&self, service: &str) -> Option<String> {
        let own = self.endpoints.get(&format!("{}_{service}", Self::ENDPOINT));
        own.or_else(|| self.endpoints.get(Self::ENDPOINT)).cloned()
    }
}
