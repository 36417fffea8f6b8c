//! Reading the forms that pages post.

use axum::extract::Request;
use latchkey::http::{Code, Problem, body};
use serde::de::DeserializeOwned;

/// The fields of a form, read as browsers send them.
pub(crate) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    if !body::is_content_type(request.headers(), "application/x-www-form-urlencoded") {
        return Err(Problem::new(Code::UnsupportedMediaType));
    }
    let bytes = body::read(request).await?;
    serde_html_form::from_bytes(&bytes).map_err(|_| Problem::new(Code::MalformedBody))
}
