//! Reading what comes with a mailed link, and the forms that pages post.

use axum::extract::Request;
use latchkey::http::{Code, Problem, body};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

/// A mailed link's own parameter.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// The token in the mailed link.
    #[serde(default)]
    token: String,
}

/// The form of a page that asks for nothing but a click.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkForm {
    /// The token in the mailed link.
    pub(crate) token: String,
}

/// The token that the link to a page carries; empty where there is none that can be read.
pub(crate) fn link_token(request: &Request) -> String {
    let query = request.uri().query().unwrap_or_default();
    serde_html_form::from_str::<LinkQuery>(query).unwrap_or_default().token
}

/// The fields of a form, read as browsers send them.
pub(crate) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    if !body::is_content_type(request.headers(), "application/x-www-form-urlencoded") {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    let bytes = body::read(request).await?;
    serde_html_form::from_bytes(&bytes).map_err(|_| Problem::new(Code::MalformedBody))
}
