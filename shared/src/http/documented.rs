//! The error answers of an endpoint, as OpenAPI describes them.

use std::collections::BTreeMap;

use utoipa::openapi::header::Header;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr};

use super::Code;

/// What any route can answer with.
const EVERYWHERE: &[Code] = &[
    Code::MalformedTarget,
    Code::MalformedHeaders,
    Code::RateLimited,
    Code::HeadersTooLarge,
    Code::Internal,
    Code::Unavailable,
];

/// One response per status, listing the codes it may carry.
pub fn documented(codes: &[Code]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes.iter().chain(EVERYWHERE) {
        let listed = by_status.entry(code.status().as_u16()).or_default();
        if !listed.contains(code) {
            listed.push(*code);
        }
    }
    by_status.into_iter().map(|(status, codes)| (status.to_string(), RefOr::T(response(&codes)))).collect()
}

fn response(codes: &[Code]) -> Response {
    let description: Vec<String> = codes.iter().map(|code| format!("`{}`: {}", code.slug(), code.meaning())).collect();
    let example = codes.first().map(|code| {
        serde_json::json!({
            "type": format!("urn:latchkey:problem:{}", code.slug()),
            "title": code.title(),
            "status": code.status().as_u16(),
            "code": code.slug(),
            "request_id": "JKJaXmPLvHcESHA=",
        })
    });
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).example(example).build();
    let response =
        ResponseBuilder::new().description(description.join("\n\n")).content("application/problem+json", content);
    let headers = if codes.contains(&Code::RateLimited) { LIMITED } else { &[] };
    headers.iter().fold(response, |response, (name, meaning)| response.header(*name, header(meaning))).build()
}

/// What a refusal for a limit tells in its headers. Answers that are no refusal have the last two as well.
const LIMITED: &[(&str, &str)] = &[
    ("Retry-After", "Seconds to wait."),
    (
        "RateLimit",
        "For each limit that was met: what is left (`r`), and for how many seconds it will not be more (`t`).",
    ),
    ("RateLimit-Policy", "For each limit that was met: its quota (`q`) and its window in seconds (`w`)."),
];

fn header(meaning: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let mut header = Header::new(schema);
    header.description = Some(meaning.to_owned());
    header
}
