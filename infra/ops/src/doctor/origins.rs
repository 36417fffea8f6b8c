//! Whether pages of front ends reach the API: by the gateway's CORS, and with the cookies of cookie mode.

use latchkey_kernel::config::{PublicUrl, parse_origin};
use latchkey_kernel::http::cookies::SameSite;

use super::{Finding, broken, good, notice};
use crate::deployment::Deployment;

pub(super) fn examine(deployment: &Deployment) -> Vec<Finding> {
    let config = &deployment.config;
    findings(&deployment.allowed_origins, &config.public_url, config.browsers.cookies.same_site())
}

fn findings(allowed: &str, own: &PublicUrl, same_site: SameSite) -> Vec<Finding> {
    let entries: Vec<_> = allowed.split(',').map(str::trim).filter(|entry| !entry.is_empty()).collect();
    if entries.is_empty() {
        return vec![notice(format!(
            "only pages of {own} may call the API from a browser; AllowedOrigins names others"
        ))];
    }
    entries.into_iter().map(|entry| finding(entry, own, same_site)).collect()
}

fn finding(entry: &str, own: &PublicUrl, same_site: SameSite) -> Finding {
    let Some(origin) = parse_origin(entry) else {
        return broken(format!(
            "AllowedOrigins holds {entry:?}, which no browser sends and API Gateway never matches, so that pages there \
             only see a failed fetch; write it as https://app.example.com (lower case, no path, no slash at the end)"
        ));
    };
    if site(&origin) == site(own) {
        return good(format!("pages of {origin} may call the API, also with cookies"));
    }
    let bearer = "Bearer tokens work";
    match same_site {
        SameSite::Lax => notice(format!(
            "{origin} is another site than {own}: browsers send our SameSite=Lax cookies to no page there, so cookie mode \
             signs in and then answers 401; {bearer}. Use a host on the API's site, or CookieSameSite=None"
        )),
        SameSite::None => notice(format!(
            "{origin} is another site than {own}: cookie mode works only in browsers that allow third-party cookies; {bearer}"
        )),
    }
}

/// What browsers compare for SameSite: the scheme and the registrable domain, or the whole host where there is none, as
/// of localhost and IP addresses (<https://html.spec.whatwg.org/multipage/browsers.html#same-site>).
fn site(url: &PublicUrl) -> (&str, String) {
    let host = url.host().to_ascii_lowercase();
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    let domain = if is_address { None } else { psl::domain_str(&host).map(str::to_owned) };
    (url.scheme(), domain.unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the doctor finds of these origins: how it marks each, and its words.
    fn found(allowed: &str, own: &str, same_site: SameSite) -> Vec<(&'static str, String)> {
        let own = parse_origin(own).unwrap();
        let all = findings(allowed, &own, same_site).into_iter().map(|finding| match finding {
            Finding::Good(text) => ("ok", text),
            Finding::Notice(text) => ("note", text),
            Finding::Broken(text) => ("FIX", text),
        });
        all.collect()
    }

    /// How the doctor marks one origin while cookies are `SameSite=Lax`.
    fn mark(origin: &str, own: &str) -> &'static str {
        found(origin, own, SameSite::Lax)[0].0
    }

    #[test]
    fn an_origin_of_an_older_deployment_that_the_gateway_never_matches_is_to_be_fixed() {
        let deployed = "https://app.acme.example/, https://www.acme.example,https://App.acme.example";
        let all = found(deployed, "https://id.acme.example", SameSite::Lax);
        assert_eq!(all.iter().map(|(mark, _)| *mark).collect::<Vec<_>>(), ["FIX", "ok", "FIX"]);
        assert!(all[0].1.contains("\"https://app.acme.example/\"") && all[0].1.contains("no slash at the end"));
    }

    #[test]
    fn a_front_end_on_another_site_is_told_that_cookies_do_not_work_and_bearer_tokens_do() {
        let (mark, words) = found("https://app.other.example", "https://id.acme.example", SameSite::Lax).remove(0);
        assert_eq!(mark, "note");
        assert!(
            words.contains("SameSite=Lax") && words.contains("401") && words.contains("Bearer tokens work"),
            "{words}"
        );
        let (mark, words) = found("https://app.other.example", "https://id.acme.example", SameSite::None).remove(0);
        assert_eq!(mark, "note");
        assert!(words.contains("third-party cookies") && words.contains("Bearer tokens work"), "{words}");
    }

    #[test]
    fn a_site_is_a_registrable_domain_by_the_public_suffix_list() {
        for (origin, own) in [
            ("https://app.acme.example", "https://id.acme.example"),
            ("https://acme.example", "https://id.eu.acme.example"),
            ("https://acme.example:8443", "https://id.acme.example"),
            ("https://app.acme.co.uk", "https://id.acme.co.uk"),
            ("http://localhost:5173", "http://localhost:8000"),
        ] {
            assert_eq!(mark(origin, own), "ok", "{origin} {own}");
        }
        for (origin, own) in [
            ("https://acme.co.uk", "https://other.co.uk"),
            ("https://ada.github.io", "https://bob.github.io"),
            ("https://main.d1a.amplifyapp.com", "https://dev.d2b.amplifyapp.com"),
            ("https://app.acme.example", "https://a1b2.execute-api.eu-central-1.amazonaws.com"),
            ("http://127.0.0.1:5500", "http://localhost:8000"),
            ("http://[::1]:5500", "http://localhost:8000"),
            ("https://192.0.2.1", "https://198.51.2.1"),
            ("https://localhost:5173", "http://localhost:8000"),
        ] {
            assert_eq!(mark(origin, own), "note", "{origin} {own}");
        }
    }

    #[test]
    fn without_an_origin_only_the_apis_own_pages_may_call() {
        let (mark, words) = found("", "https://id.acme.example", SameSite::Lax).remove(0);
        assert_eq!(mark, "note");
        assert!(words.contains("https://id.acme.example") && words.contains("AllowedOrigins"));
    }
}
