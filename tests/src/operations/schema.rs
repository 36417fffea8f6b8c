//! The fields of the JSON bodies that the OpenAPI document describes.

use serde_json::Value;

use super::{By, Facts, api_document, inventory, operations};

/// The fields of one body.
#[derive(Debug)]
pub struct JsonBody {
    /// Those that must be there.
    pub required: Vec<String>,
    /// Those that may be left out.
    pub optional: Vec<String>,
}

/// The operations that take JSON, with the fields of their bodies.
pub fn json_bodies() -> Vec<(String, JsonBody)> {
    let document = api_document();
    let mut found = Vec::new();
    for (operation, at) in operations() {
        let (method, path) = at.split_once(' ').unwrap();
        let body = &document["paths"][path][method.to_lowercase()]["requestBody"]["content"];
        let schema = &body["application/json"]["schema"];
        let named = |one: &Value| one["$ref"].as_str().map(str::to_owned);
        let named = named(schema).or_else(|| schema["oneOf"].as_array()?.iter().find_map(named));
        let Some(name) = named.as_deref().and_then(|name| name.rsplit('/').next()) else { continue };
        let schema = &document["components"]["schemas"][name];
        let required = schema["required"].as_array().into_iter().flatten();
        let required: Vec<_> = required.map(|field| field.as_str().unwrap().to_owned()).collect();
        let properties = schema["properties"].as_object().unwrap().keys().cloned();
        let optional = properties.filter(|field| !required.contains(field)).collect();
        found.push((operation, JsonBody { required, optional }));
    }
    found
}

/// The operations that everybody may call with JSON: each with its path, and a body that fits and opens nothing.
pub fn anonymous_json() -> Vec<(&'static str, String, Value)> {
    let specimen = Facts::specimen();
    let anonymous = inventory().filter(|row| row.by == By::Anyone);
    let with_body = anonymous.filter_map(|row| {
        let request = row.request(&specimen);
        let body = request.json_body()?;
        Some((row.id, request.target().to_owned(), body))
    });
    with_body.collect()
}
