//! How pages refuse, as the OpenAPI document tells it: as a page that says what to do next, and as a problem where no
//! page was reached.

use std::collections::BTreeMap;

use http::StatusCode;
use latchkey_kernel::http::documented;
use utoipa::IntoResponses;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{ContentBuilder, RefOr};

/// What every page can answer with.
pub(crate) struct VisitRefusals;

/// What every page can answer with that a link leads to.
pub(crate) struct LinkRefusals;

/// What every form can answer with, besides what its own act can end in.
pub(crate) struct FormRefusals;

const VISIT: [(StatusCode, &str); 3] = [
    (StatusCode::TOO_MANY_REQUESTS, "Too many visits."),
    (StatusCode::INTERNAL_SERVER_ERROR, "The fault is ours."),
    (StatusCode::SERVICE_UNAVAILABLE, "Something does not answer."),
];

impl IntoResponses for VisitRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        with_pages(&VISIT)
    }
}

impl IntoResponses for LinkRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        with_pages(&[[(StatusCode::BAD_REQUEST, "The link is not whole.")].as_slice(), &VISIT].concat())
    }
}

impl IntoResponses for FormRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        with_pages(&[
            (StatusCode::BAD_REQUEST, "The link or the form is not valid."),
            (StatusCode::PAYLOAD_TOO_LARGE, "The form is larger than any of ours."),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "It is no form of ours."),
            (StatusCode::TOO_MANY_REQUESTS, "Too many tries."),
            (StatusCode::INTERNAL_SERVER_ERROR, "The fault is ours."),
            (StatusCode::SERVICE_UNAVAILABLE, "Something does not answer. Nothing was changed."),
        ])
    }
}

/// What every route can answer with, and these pages.
fn with_pages(pages: &[(StatusCode, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let mut responses = documented(&[]);
    for (status, meaning) in pages {
        let page = ContentBuilder::new().build();
        let known = responses.remove(status.as_str());
        let response = match known {
            Some(RefOr::T(mut known)) => {
                known.description = format!("{meaning}\n\n{}", known.description);
                known.content.insert("text/html".to_owned(), RefOr::T(page));
                known
            }
            _ => ResponseBuilder::new().description(*meaning).content("text/html", page).build(),
        };
        responses.insert(status.as_str().to_owned(), RefOr::T(response));
    }
    responses
}
