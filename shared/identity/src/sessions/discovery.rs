//! What other services need in order to verify access tokens by themselves (OpenID Connect Discovery 1.0).

use serde::Serialize;
use utoipa::ToSchema;

use latchkey_kernel::config::Config;

/// The discovery document. There is no authorization endpoint: Latchkey's own API signs people in, and the document
/// exists so that API Gateway's JWT authorizer and others find the keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiscoveryDocument {
    /// The `iss` of every token.
    pub issuer: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// How tokens are signed.
    pub id_token_signing_alg_values_supported: [&'static str; 1],
    /// No flows of OAuth are offered here.
    pub response_types_supported: [&'static str; 0],
    /// One `sub` for everybody who asks.
    pub subject_types_supported: [&'static str; 1],
    /// What tokens say.
    pub claims_supported: Vec<&'static str>,
    /// The operator's privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_policy_uri: Option<String>,
    /// The operator's terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_tos_uri: Option<String>,
}

/// The document of this configuration.
pub fn discovery_document(config: &Config) -> DiscoveryDocument {
    DiscoveryDocument {
        issuer: config.public_url.to_string(),
        jwks_uri: format!("{}/.well-known/jwks.json", config.public_url),
        id_token_signing_alg_values_supported: ["RS256"],
        response_types_supported: [],
        subject_types_supported: ["public"],
        claims_supported: vec![
            "iss",
            "aud",
            "sub",
            "user_id",
            "sid",
            "jti",
            "iat",
            "nbf",
            "exp",
            "roles",
            "token_type",
        ],
        op_policy_uri: config.policies.privacy.clone(),
        op_tos_uri: config.policies.terms.clone(),
    }
}
