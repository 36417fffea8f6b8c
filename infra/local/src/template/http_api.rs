//! `AWS::ApiGatewayV2`: routes, the integration behind each, and CORS.

use serde::Deserialize;
use serde_json::Value;

use super::functions::{Function, bin_of};
use super::{Resources, TemplateError, at, typed};

/// A route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its route key, such as `ANY /api/auth/me`.
    pub key: String,
    /// The binary of the function that answers it.
    pub function: String,
}

/// The API's CORS configuration. Where one exists the gateway answers preflights and ignores the functions' headers.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Cors {
    /// Origins that may call, or `*`.
    pub allow_origins: Vec<String>,
    /// Methods a preflight allows.
    pub allow_methods: Vec<String>,
    /// Request headers a preflight allows.
    pub allow_headers: Vec<String>,
    /// Response headers a script may read.
    pub expose_headers: Vec<String>,
    /// Whether cookies are sent.
    pub allow_credentials: bool,
    /// Seconds a preflight may be remembered.
    pub max_age: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RouteProperties {
    route_key: String,
    target: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IntegrationProperties {
    integration_type: String,
    integration_uri: String,
    payload_format_version: String,
}

pub(super) fn routes(resources: &Resources, functions: &[Function]) -> Result<Vec<Route>, TemplateError> {
    resources
        .of_kind("AWS::ApiGatewayV2::Route")
        .map(|(id, properties)| {
            let route: RouteProperties = typed(id, properties)?;
            let integration_id = route
                .target
                .strip_prefix("integrations/")
                .ok_or_else(|| at(id, format!("its target {} is not an integration", route.target)))?;
            let declared = resources
                .get(integration_id, "AWS::ApiGatewayV2::Integration")
                .ok_or_else(|| at(id, format!("there is no integration {integration_id}")))?;
            let integration: IntegrationProperties = typed(integration_id, declared)?;
            if integration.integration_type != "AWS_PROXY" || integration.payload_format_version != "2.0" {
                return Err(at(integration_id, "only AWS_PROXY with payload format 2.0 is run here"));
            }
            let function = bin_of(functions, &integration.integration_uri)
                .ok_or_else(|| at(integration_id, format!("{} is no function", integration.integration_uri)))?;
            Ok(Route { key: route.route_key, function })
        })
        .collect()
}

pub(super) fn cors(resources: &Resources) -> Result<Option<Cors>, TemplateError> {
    let declared = resources
        .of_kind("AWS::ApiGatewayV2::Api")
        .find_map(|(id, properties)| properties.get("CorsConfiguration").map(|cors: &Value| (id, cors)));
    declared.map(|(id, cors)| typed(id, cors)).transpose()
}
