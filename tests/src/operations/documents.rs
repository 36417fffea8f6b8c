//! Public documents, health, and the pages without a form.

use super::By::Anyone;
use super::{Operation, Ready, nothing};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new("change_password_page", Anyone, nothing, |_| Ready::get("/.well-known/change-password")),
    Operation::new("docs", Anyone, nothing, |_| Ready::get("/api/docs")),
    Operation::new("health", Anyone, nothing, |_| Ready::get("/api/health")),
    Operation::new("jwks", Anyone, nothing, |_| Ready::get("/.well-known/jwks.json")),
    Operation::new("openapi", Anyone, nothing, |_| Ready::get("/api/openapi.json")),
    Operation::new("openid_configuration", Anyone, nothing, |_| Ready::get("/.well-known/openid-configuration")),
    Operation::new("passkey_endpoints", Anyone, nothing, |_| Ready::get("/.well-known/passkey-endpoints")),
    Operation::new("password_changed_page", Anyone, nothing, |_| Ready::get("/password-changed")),
    Operation::new("ready", Anyone, nothing, |_| Ready::get("/api/health/ready")),
];
