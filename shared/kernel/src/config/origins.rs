//! Origins of front ends, as browsers write them (RFC 6454, section 6.2).
//!
//! API Gateway compares the `Origin` of a browser with the same list byte by byte. What is written in any other way, such
//! as with a slash at the end, would pass our own check and match nothing there: the page would see no more than a
//! failed fetch. So it is refused here and by the template's pattern, which a test holds against each other.

use crate::config::public_url::PublicUrl;

/// What a list of origins must look like.
pub(super) const EXPECTED: &str = "origins as browsers write them, separated by commas, such as https://app.example.com \
    or http://localhost:5173: lower case, no path and no slash at the end, no default port, no *, and http only for \
    localhost, 127.0.0.1 and [::1]";

/// Reads one origin; none where it is not written as a browser writes it.
pub fn parse_origin(text: &str) -> Option<PublicUrl> {
    PublicUrl::parse(text).filter(|url| {
        let port = url.authority().strip_prefix(url.host());
        as_browsers_write(url) == text && is_host(url.host()) && port.is_some_and(is_port)
    })
}

/// Browsers write hosts in lower case, and no port that the scheme has anyway.
pub fn as_browsers_write(url: &PublicUrl) -> String {
    let origin = url.to_string().to_ascii_lowercase();
    let default_port = if url.scheme() == "https" { ":443" } else { ":80" };
    origin.strip_suffix(default_port).unwrap_or(&origin).to_owned()
}

/// Whether it is a name, or an IP address. A wildcard is neither.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        !label.is_empty() && label.bytes().all(fits)
    };
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(is_label),
    }
}

/// Whether it is a port behind its colon, without a zero before it; or none.
fn is_port(text: &str) -> bool {
    let written = |port: &str| port.parse().is_ok_and(|number: u16| number > 0 && number.to_string() == port);
    text.is_empty() || text.strip_prefix(':').is_some_and(written)
}
