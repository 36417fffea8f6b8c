//! Reading what comes with a mailed link, and the forms that pages post.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use latchkey_kernel::http::codes::{MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE};
use latchkey_kernel::http::{Problem, body};
use latchkey_kernel::secret::{OpaqueToken, TokenKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

/// The query of a page.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// The token in the mailed link.
    #[serde(default)]
    token: String,
    /// In place of the token once the form has succeeded: the page then says so. It is where the form leads to, so that
    /// loading the page again posts nothing again.
    #[param(example = "yes")]
    done: Option<String>,
}

/// The form of a page that asks for nothing but a click.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkForm {
    /// The token in the mailed link.
    pub(crate) token: String,
}

/// What a page is asked to show.
pub(crate) enum Visit<L> {
    /// The form behind this link, if the link is still good.
    Link(L),
    /// What the form did.
    Done,
    /// Nothing: the link is not whole.
    Broken,
}

impl<K: TokenKind, const ID: usize> Visit<OpaqueToken<K, ID>> {
    /// Reads the query of a request.
    pub(crate) fn of(request: &Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let query = serde_html_form::from_str::<LinkQuery>(query).unwrap_or_default();
        match OpaqueToken::parse(&query.token) {
            Ok(link) => Self::Link(link),
            Err(_) if query.token.is_empty() && query.done.is_some() => Self::Done,
            Err(_) => Self::Broken,
        }
    }
}

/// Leads the browser from a form that succeeded to the page that says what it did. No token goes along: the address bar
/// and the history keep what stands there.
pub(crate) fn done(page: &str) -> Response {
    Redirect::to(&format!("{page}?done=yes")).into_response()
}

/// The fields of a form, read as browsers send them.
pub(crate) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    if !body::is_content_type(request.headers(), "application/x-www-form-urlencoded") {
        return Err(Problem::new(UNSUPPORTED_MEDIA_TYPE));
    }
    let bytes = body::read(request).await?;
    serde_html_form::from_bytes(&bytes).map_err(|_| Problem::new(MALFORMED_BODY))
}
