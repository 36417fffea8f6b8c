//! What a browser brings besides its path: the cookie that binds a visit to it, and its query.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use latchkey_identity::app::App;
use latchkey_identity::social::{BROWSER_LIFE, BrowserToken};
use latchkey_kernel::http::cookies::{OAUTH, SetCookies};

/// What binds a visit to this browser, if it holds that.
pub(crate) fn held(app: &App, headers: &HeaderMap) -> Option<BrowserToken> {
    BrowserToken::parse(app.config.browsers.cookies.one(headers, OAUTH).ok()??).ok()
}

/// The cookie that makes a browser hold it, for as long as a visit and its exchange may take.
pub(crate) fn holding(app: &App, browser: &BrowserToken) -> SetCookies {
    app.config.browsers.cookies.set().keep(OAUTH, &browser.reveal(), BROWSER_LIFE)
}

/// Leads a browser to an address.
pub(crate) fn led_to(address: String) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

/// A field of the query; none when it stands there twice, since nobody can say which is meant.
pub(crate) fn field(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Some(value.into_owned()),
        _ => None,
    }
}

/// Whether a field stands in the query at all.
pub(crate) fn has_field(uri: &Uri, name: &str) -> bool {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).any(|(known, _)| known == name)
}
