//! The error answers of an endpoint, as OpenAPI describes them.

use std::collections::BTreeMap;

use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr};

use super::Code;
use super::codes::{
    BODY_TOO_LARGE, HEADERS_TOO_LARGE, INTERNAL_ERROR, INVALID_BODY, MALFORMED_BODY, MALFORMED_HEADERS,
    MALFORMED_TARGET, RATE_LIMITED, UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE,
};

/// What any route can answer with.
const EVERYWHERE: &[Code] =
    &[MALFORMED_TARGET, MALFORMED_HEADERS, RATE_LIMITED, HEADERS_TOO_LARGE, INTERNAL_ERROR, UNAVAILABLE];

/// What any operation can answer with that reads a JSON body.
const OF_A_BODY: &[Code] = &[MALFORMED_BODY, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_BODY];

/// Between the codes of one status.
const BETWEEN: &str = "\n\n";

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

/// Adds what a JSON body can be answered with to the operations that read one.
pub(super) fn document_bodies(paths: &mut Paths) {
    for operation in paths.paths.values_mut().flat_map(operations) {
        let Some(RefOr::T(body)) = &operation.request_body else { continue };
        if body.content.contains_key("application/json") {
            for code in OF_A_BODY {
                add(operation, *code, Place::BySlug);
            }
        }
    }
}

/// Adds codes, behind those that the operation documents itself.
pub(crate) fn document(operation: &mut Operation, codes: &[Code]) {
    for code in codes {
        add(operation, *code, Place::Last);
    }
}

/// Where a code stands among those of its status.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BySlug,
    Last,
}

fn add(operation: &mut Operation, code: Code, place: Place) {
    let responses = &mut operation.responses.responses;
    let Some(RefOr::T(known)) = responses.get_mut(code.status().as_str()) else {
        responses.insert(code.status().as_str().to_owned(), RefOr::T(response(&[code])));
        return;
    };
    let line = line(code);
    let mut lines: Vec<&str> = known.description.split(BETWEEN).collect();
    if lines.contains(&&*line) {
        return;
    }
    let sorted = lines.iter().position(|known| place == Place::BySlug && *known > &*line);
    let at = sorted.unwrap_or(lines.len());
    lines.insert(at, &line);
    known.description = lines.join(BETWEEN);
    if at == 0 {
        known.content = response(&[code]).content;
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = path;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn response(codes: &[Code]) -> Response {
    let description: Vec<String> = codes.iter().copied().map(line).collect();
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
        ResponseBuilder::new().description(description.join(BETWEEN)).content("application/problem+json", content);
    let headers = if codes.contains(&RATE_LIMITED) { LIMITED } else { &[] };
    headers.iter().fold(response, |response, (name, meaning)| response.header(*name, header(meaning))).build()
}

fn line(code: Code) -> String {
    format!("`{}`: {}", code.slug(), code.meaning())
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
