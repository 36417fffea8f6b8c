//! Cookies (RFC 6265bis): those of a browser that is signed in without holding a token itself.
//!
//! The `__Host-` names are a browser's promise that a cookie was set by this very host, over TLS, for all its paths: no
//! subdomain and no network can plant one. `http://localhost` has no TLS, and Safari drops there what asks for it; so at
//! that address alone, which no network is in between of, the names are plain and `Secure` is left out.

use axum::response::{IntoResponseParts, ResponseParts};
use http::{HeaderMap, HeaderValue, header};
use jiff::SignedDuration;

/// A cookie that no script can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    secure: &'static str,
    plain: &'static str,
}

/// Holds the access token.
pub const ACCESS: Kept = Kept { secure: "__Host-access", plain: "access" };
/// Holds the refresh token. Only refreshing and signing out look at it.
pub const REFRESH: Kept = Kept { secure: "__Host-refresh", plain: "refresh" };
/// Holds what makes the device known at its next sign-in; it outlives signing out.
pub const DEVICE: Kept = Kept { secure: "__Host-device", plain: "device" };
/// Holds what binds a visit to a provider to the browser that set out for it.
pub const OAUTH: Kept = Kept { secure: "__Host-oauth", plain: "oauth" };
/// Holds what a script of the front end shows in a header. It is told in the body as well and never believed from here,
/// so that it needs no such promise.
pub const XSRF: &str = "XSRF-TOKEN";

/// When a browser sends the cookies to us from other sites' pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Only when a person follows a link: for a front end on the same site.
    Lax,
    /// Always: for a front end on another site.
    None,
}

impl SameSite {
    /// Reads `Lax` or `None`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Lax, Self::None].into_iter().find(|one| one.name().eq_ignore_ascii_case(text))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// How the cookies of a deployment are named and marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookies {
    secure: bool,
    same_site: SameSite,
}

/// A cookie of this name was sent more than once. No browser does that with a `__Host-` name.
#[derive(Debug)]
pub struct SentTwice;

impl Cookies {
    /// Those of a host that is reached by TLS.
    pub(crate) fn secure(same_site: SameSite) -> Self {
        Self { secure: true, same_site }
    }

    /// Those of `http://localhost`. Every port of it is the same site, and `None` needs TLS.
    pub(crate) fn of_localhost() -> Self {
        Self { secure: false, same_site: SameSite::Lax }
    }

    /// From where browsers send them.
    pub fn same_site(self) -> SameSite {
        self.same_site
    }

    /// What a cookie is called.
    pub fn name(self, cookie: Kept) -> &'static str {
        if self.secure { cookie.secure } else { cookie.plain }
    }

    /// The value of a cookie; none when it is not there or empty. Cookies of others that are no ASCII hide none of ours.
    pub fn one(self, headers: &HeaderMap, cookie: Kept) -> Result<Option<&str>, SentTwice> {
        one(headers, self.name(cookie))
    }

    /// Cookies to set: none yet.
    pub fn set(self) -> SetCookies {
        SetCookies { cookies: self, lines: Vec::new() }
    }

    /// Every cookie of a session is forgotten.
    pub fn cleared(self) -> SetCookies {
        let gone = SignedDuration::ZERO;
        self.set().keep(ACCESS, "", gone).keep(REFRESH, "", gone).show_scripts(XSRF, "", gone)
    }
}

fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, SentTwice> {
    let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
    let cookies =
        lines.flat_map(|line| line.split(|byte| *byte == b';')).filter_map(|cookie| std::str::from_utf8(cookie).ok());
    // Blanks of RFC 6265 alone: a browser would keep a cookie whose name begins with one of Unicode, and guard it as no `__Host-`.
    let pairs = cookies.filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='));
    let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(SentTwice),
        (first, None) => Ok(first.filter(|value| !value.is_empty())),
    }
}

/// Cookies that an answer sets.
#[derive(Debug, Clone)]
pub struct SetCookies {
    cookies: Cookies,
    lines: Vec<String>,
}

impl SetCookies {
    /// Sets a cookie that no script can read. It outlives the browser, for as long as what it holds is good.
    #[must_use]
    pub fn keep(mut self, cookie: Kept, value: &str, life: SignedDuration) -> Self {
        self.lines.push(format!("{}; HttpOnly", self.line(self.cookies.name(cookie), value, life)));
        self
    }

    /// Sets a cookie that scripts can read.
    #[must_use]
    pub fn show_scripts(mut self, name: &str, value: &str, life: SignedDuration) -> Self {
        self.lines.push(self.line(name, value, life));
        self
    }

    fn line(&self, name: &str, value: &str, life: SignedDuration) -> String {
        let Cookies { secure, same_site } = self.cookies;
        let (seconds, secure) = (life.as_secs().max(0), if secure { " Secure;" } else { "" });
        format!("{name}={value}; Path=/; Max-Age={seconds};{secure} SameSite={}", same_site.name())
    }
}

impl IntoResponseParts for SetCookies {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Self::Error> {
        // What we set is base64url, dots and our own words, so that no line fails to be a header.
        for line in self.lines.iter().filter_map(|line| HeaderValue::from_str(line).ok()) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secure() -> Cookies {
        Cookies::secure(SameSite::Lax)
    }

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let sent = headers(&["a=1; __Host-access=x.y=z;b=2", "__host-access=no; X__Host-access=no; __Host-refresh="]);
        assert_eq!(secure().one(&sent, ACCESS).unwrap(), Some("x.y=z"));
        assert_eq!(secure().one(&sent, REFRESH).unwrap(), None);
        assert_eq!(one(&sent, "b").unwrap(), Some("2"));
        assert_eq!(secure().one(&HeaderMap::new(), ACCESS).unwrap(), None);
    }

    #[test]
    fn what_others_keep_here_hides_no_cookie_of_ours_and_stands_for_none() {
        let sent = |line: &[u8]| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_bytes(line).unwrap())]);
        let odd = sent("theme=\u{e9}; __Host-access=x; \u{a0}__Host-refresh=y; \u{2000}__Host-refresh=z".as_bytes());
        assert_eq!((secure().one(&odd, ACCESS).unwrap(), secure().one(&odd, REFRESH).unwrap()), (Some("x"), None));
        let no_text = sent(b"theme=\xff; __Host-access=x; __Host-refresh=\xff");
        assert_eq!(
            (secure().one(&no_text, ACCESS).unwrap(), secure().one(&no_text, REFRESH).unwrap()),
            (Some("x"), None)
        );
    }

    #[test]
    fn a_cookie_that_is_sent_twice_is_not_chosen_from() {
        assert!(secure().one(&headers(&["__Host-access=a; __Host-access=b"]), ACCESS).is_err());
        assert!(secure().one(&headers(&["__Host-access=a", "__Host-access=a"]), ACCESS).is_err());
    }

    #[test]
    fn what_is_cleared_has_the_attributes_of_what_was_set() {
        let attributes = |cookies: SetCookies| -> Vec<String> {
            let plain = |line: &String| line.replace("=v;", "=;").replace("Max-Age=9;", "Max-Age=0;");
            cookies.lines.iter().map(plain).collect()
        };
        let nine = SignedDuration::from_secs(9);
        for cookies in [Cookies::secure(SameSite::None), Cookies::of_localhost()] {
            let set = cookies.set().keep(ACCESS, "v", nine).keep(REFRESH, "v", nine).show_scripts(XSRF, "v", nine);
            assert_eq!(attributes(set), attributes(cookies.cleared()));
        }
        let first = |cookies: Cookies| cookies.set().keep(ACCESS, "v", nine).lines.remove(0);
        assert_eq!(
            first(Cookies::secure(SameSite::None)),
            "__Host-access=v; Path=/; Max-Age=9; Secure; SameSite=None; HttpOnly"
        );
        assert_eq!(first(Cookies::of_localhost()), "access=v; Path=/; Max-Age=9; SameSite=Lax; HttpOnly");
    }
}
