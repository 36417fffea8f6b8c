//! The OpenAPI document of all functions, made of what each handler documents and what holds for all of them.

use latchkey_identity::app::App;
use latchkey_identity::registry;
use latchkey_kernel::http::codes::CSRF_FAILED;
use latchkey_kernel::http::{FieldError, ProblemDocument, documented};
use latchkey_kernel::telemetry::EventKind;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use crate::every_route;

/// The names of all events. One that is published already keeps its place, so that the document of a new version differs in
/// what is new; others follow in the order of the registry.
fn event_names(published: &Value) -> Value {
    let published = published["components"]["schemas"]["EventName"]["enum"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<&str> = registry::events().iter().map(EventKind::name).collect();
    names.sort_by_key(|name| published.iter().position(|known| known == name).unwrap_or(published.len()));
    json!(names)
}

#[derive(OpenApi)]
#[openapi(components(schemas(ProblemDocument, FieldError)))]
struct Frame;

/// The OpenAPI document of all functions. `published` is the one that callers know.
///
/// # Panics
///
/// If utoipa builds something else than a document of operations.
#[must_use]
pub fn openapi(published: &Value) -> Value {
    let mut document = Frame::openapi();
    document.merge(every_route::<OpenApiRouter<App>>().into_openapi());
    document.info.title = "Latchkey".into();
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document.info.description = Some(
        "The user backend of an application. Errors are problem documents (RFC 9457) with a stable `code`. Answers tell in \
         `RateLimit` and `RateLimit-Policy` which limits the request met and what is left of them. `X-Request-ID` names a \
         request in answers, mails and logs; a caller may choose it (8 to 64 of `A-Z a-z 0-9 - _ . =`)."
            .to_owned(),
    );
    document.info.license = None;
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-access"))));
    components.add_security_scheme("xsrf", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-XSRF-TOKEN"))));
    let mut document = serde_json::to_value(&document).unwrap();
    document["components"]["schemas"]["EventName"]["enum"] = event_names(published);
    take_null_for_what_is_left_out(&mut document);
    for methods in document["paths"].as_object_mut().unwrap().values_mut() {
        for (method, operation) in methods.as_object_mut().unwrap().iter_mut().filter(|(_, one)| takes_a_token(one)) {
            add_cookie_mode(method, operation);
            if method == "get" {
                add_condition(operation);
            }
        }
    }
    document
}

fn takes_a_token(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(|ways| ways.iter().any(|way| way["bearer"].is_array()))
}

/// What takes a token in a header takes it as a cookie, too; then whatever changes something shows the page's token.
fn add_cookie_mode(method: &str, operation: &mut Value) {
    let ways = operation["security"].as_array_mut().unwrap();
    if method == "get" {
        return ways.push(json!({ "cookie": [] }));
    }
    ways.push(json!({ "cookie": [], "xsrf": [] }));
    let refusal = serde_json::to_value(&documented(&[CSRF_FAILED])["403"]).unwrap();
    let known = operation["responses"].as_object_mut().unwrap().entry("403").or_insert_with(|| refusal.clone());
    let (told, more) = (known["description"].as_str().unwrap(), refusal["description"].as_str().unwrap());
    if !told.contains(more) {
        known["description"] = Value::from(format!("{told}\n\n{more}"));
    }
}

/// What answers a signed-in user may be kept by the browser, which asks whether it is still the same.
fn add_condition(operation: &mut Value) {
    let asks = json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": { "type": "string" },
        "description": "The `ETag` of an answer that is kept: if nothing has changed, 304 is answered without a body.",
    });
    let parameters = operation.as_object_mut().unwrap().entry("parameters").or_insert_with(|| json!([]));
    parameters.as_array_mut().unwrap().push(asks);
    let tag = json!({ "ETag": { "schema": { "type": "string" }, "description": "A digest of the answer." } });
    operation["responses"]["200"]["headers"] = tag.clone();
    let same = "The answer that the caller has is still the same (`If-None-Match`).";
    operation["responses"]["304"] = json!({ "description": same, "headers": tag });
}

/// In a body that is sent, `null` in a field that may be left out is as good as leaving it out.
fn take_null_for_what_is_left_out(document: &mut Value) {
    let mut bodies = std::collections::BTreeSet::new();
    for operation in document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
    {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let named = |one: &Value| one["$ref"].as_str().and_then(|name| name.rsplit('/').next()).map(str::to_owned);
        bodies.extend(named(schema));
        bodies.extend(schema["oneOf"].as_array().into_iter().flatten().filter_map(named));
    }
    for body in bodies {
        let schema = document["components"]["schemas"][&body].as_object_mut().unwrap();
        let required = schema.get("required").cloned().unwrap_or_default();
        for (name, field) in schema["properties"].as_object_mut().unwrap() {
            let may_be_left_out = required.as_array().is_none_or(|required| !required.contains(&json!(name)));
            if may_be_left_out && field["type"].is_string() && field["enum"].is_null() {
                field["type"] = json!([field["type"], "null"]);
            }
        }
    }
}
