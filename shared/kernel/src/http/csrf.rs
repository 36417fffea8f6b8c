//! Requests that a browser makes on a person's behalf without the person's will (CSRF), and why they end here.
//!
//! Cookies travel with whatever page sends the request. So one that changes something and is known only by its cookies
//! must come from a page of an origin that the owner named, and must show in a header what only such a page can know: the
//! HMAC of its session. The HMAC is computed anew and not compared with the cookie that also holds it, since a
//! subdomain can plant a cookie of that name, and what it plants belongs to another session or to none.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use subtle::ConstantTimeEq as _;

use super::Problem;
use crate::config::{Browsers, Config};
use crate::http::codes::CSRF_FAILED;
use crate::id::Id;
use crate::secret::{TagKeys, mac_text};

/// Where a front end shows the token. Some libraries fill one of them by themselves, from a cookie of their own: any value
/// of either that is the session's will do, whatever else is shown beside it. Who can set one can set it to the right one
/// or not at all.
const SHOWN_IN: [HeaderName; 2] = [HeaderName::from_static("x-xsrf-token"), HeaderName::from_static("x-csrf-token")];

/// The request comes from a page that may not send it, or shows no token of its session.
#[derive(Debug, thiserror::Error)]
#[error("the request may not be its sender's will")]
pub struct CsrfFailed;

impl From<CsrfFailed> for Problem {
    fn from(_: CsrfFailed) -> Self {
        Self::new(CSRF_FAILED)
    }
}

/// Refuses what no page of ours sent: a request must name its origin, as every browser does with everything but `GET`
/// and `HEAD`, and the origin must be our own or one that the owner named.
pub fn check_origin(config: &Config, headers: &HeaderMap) -> Result<(), CsrfFailed> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) if is_ours(&config.browsers, &config.public_url.to_string(), origin.as_bytes()) => Ok(()),
        _ => Err(CsrfFailed),
    }
}

fn is_ours(browsers: &Browsers, public_url: &str, origin: &[u8]) -> bool {
    let same = |known: &str| known.as_bytes().eq_ignore_ascii_case(origin);
    same(public_url) || browsers.origins.iter().any(|known| same(&known.to_string()))
}

/// What a page of this session shows, under the current key.
pub fn token(keys: &TagKeys, session: impl Id) -> Option<String> {
    tokens(keys, session).next()
}

/// Refuses a request that shows no token of this session, or comes from elsewhere.
pub fn check(config: &Config, keys: &TagKeys, headers: &HeaderMap, session: impl Id) -> Result<(), CsrfFailed> {
    check_origin(config, headers)?;
    // Tokens outlive a rotation of the keys, for as long as the sessions can.
    let tokens: Vec<String> = tokens(keys, session).collect();
    // The gateway joins the values of a header that was sent twice (RFC 9110, section 5.3).
    let headers = SHOWN_IN.into_iter().flat_map(|name| headers.get_all(name)).map(HeaderValue::as_bytes);
    let mut shown = headers.flat_map(|joined| joined.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let is_ours = |shown: &[u8]| tokens.iter().any(|token| token.as_bytes().ct_eq(shown).into());
    if shown.any(is_ours) { Ok(()) } else { Err(CsrfFailed) }
}

fn tokens(keys: &TagKeys, session: impl Id) -> impl Iterator<Item = String> {
    let keys = keys.derive("csrf/v1").into_iter();
    keys.map(move |key| mac_text(&key, &[b"csrf/v1", session.uuid().as_bytes()]))
}
