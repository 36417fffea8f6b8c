//! Who may talk to a port of this machine: a page of any website can send requests to it, also under a name of its own
//! that resolves to this machine.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// Whether the request names this machine as its host.
pub(crate) fn names_this_machine(headers: &HeaderMap, port: u16) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    is_local(host, port)
}

/// Whether the request comes from no page at all, or from one of this machine's own.
pub(crate) fn comes_from_here(headers: &HeaderMap, port: u16) -> bool {
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    origin.is_none_or(|origin| origin.strip_prefix("http://").is_some_and(|origin| is_local(origin, port)))
}

/// Whether the request was sent by a program: browsers name the page's origin with every POST.
pub(crate) fn comes_from_a_program(headers: &HeaderMap) -> bool {
    !headers.contains_key(ORIGIN)
}

/// Browsers leave port 80 out.
fn is_local(authority: &str, port: u16) -> bool {
    ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|name| authority == format!("{name}:{port}") || (port == 80 && authority == *name))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn another_name_for_this_machine_and_pages_of_other_sites_are_told_apart() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("localhost:8000"));
        assert!(
            names_this_machine(&headers, 8000) && comes_from_here(&headers, 8000) && comes_from_a_program(&headers)
        );
        headers.insert(ORIGIN, HeaderValue::from_static("http://localhost:8000"));
        assert!(comes_from_here(&headers, 8000) && !comes_from_a_program(&headers));
        for origin in ["null", "https://localhost:8000", "http://evil.example", "http://localhost:9999"] {
            headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
            assert!(!comes_from_here(&headers, 8000), "{origin}");
        }
        headers.insert(HOST, HeaderValue::from_static("rebound.example:8000"));
        assert!(!names_this_machine(&headers, 8000));
    }
}
