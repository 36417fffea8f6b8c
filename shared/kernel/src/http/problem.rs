//! Problems: the one form of every error answer (RFC 9457).

use std::error::Error;
use std::panic::Location;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::Code;
use crate::dynamo::StoreError;
use crate::fault::Fault;
use crate::http::codes::{INTERNAL_ERROR, RATE_LIMITED, REQUEST_IN_PROGRESS, UNAVAILABLE};
use crate::secret::SecretError;

/// An error on its way to the caller. The `finish` layer writes its body, since it knows the request's id.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    errors: Vec<FieldError>,
    methods: Vec<&'static str>,
    retry_after: Option<u32>,
    cause: Option<Cause>,
}

/// What caused a problem that is ours, and where in the code it was found to be one.
#[derive(Debug, Clone)]
struct Cause {
    error: Arc<dyn Error + Send + Sync>,
    found_at: &'static Location<'static>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) to the field, such as `/email`.
    pub pointer: String,
    /// A stable word for what is wrong, such as `too_long`.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

impl FieldError {
    /// What is wrong with the field at `pointer`.
    pub fn new(pointer: &str, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), code: code.to_owned(), detail: detail.into() }
    }
}

impl Problem {
    /// A problem with this code and no more to say.
    pub fn new(code: Code) -> Self {
        Self { code, errors: Vec::new(), methods: Vec::new(), retry_after: None, cause: None }
    }

    /// Fields that cannot be accepted.
    pub fn fields(code: Code, errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(code) }
    }

    /// Too many requests; another is welcome after so many seconds.
    pub fn rate_limited(retry_after: u32) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(RATE_LIMITED) }
    }

    /// Somebody is at this very request; its answer is there soon.
    pub fn in_progress() -> Self {
        Self { retry_after: Some(1), ..Self::new(REQUEST_IN_PROGRESS) }
    }

    /// The user must first authenticate, in one of these ways.
    pub fn methods(code: Code, methods: Vec<&'static str>) -> Self {
        Self { methods, ..Self::new(code) }
    }

    /// A fault of ours. The cause goes to the log, once, and never to the caller.
    #[track_caller]
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { cause: Some(Cause::found(cause)), ..Self::new(INTERNAL_ERROR) }
    }

    /// Something we depend on does not answer.
    #[track_caller]
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { retry_after: Some(1), cause: Some(Cause::found(cause)), ..Self::new(UNAVAILABLE) }
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Seconds after which another try is welcome.
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// What caused it, for the log.
    pub fn cause(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| &*cause.error as _)
    }

    /// Where in the code that was found to be a problem, for the log.
    pub fn found_at(&self) -> Option<&'static Location<'static>> {
        self.cause.as_ref().map(|cause| cause.found_at)
    }

    /// The body, for the request with this id.
    pub fn document(&self, request_id: &str) -> ProblemDocument {
        ProblemDocument {
            kind: format!("urn:latchkey:problem:{}", self.code.slug()),
            title: self.code.title().to_owned(),
            status: self.code.status().as_u16(),
            code: self.code.slug().to_owned(),
            errors: self.errors.clone(),
            methods: self.methods.clone(),
            request_id: request_id.to_owned(),
        }
    }
}

impl Cause {
    #[track_caller]
    fn found(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { error: error.into().into(), found_at: Location::caller() }
    }
}

/// The body of an error answer: RFC 9457 with a stable `code`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// A URN that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:latchkey:problem:validation_failed")]
    pub kind: String,
    /// The kind for people.
    #[schema(example = "A field is not valid")]
    pub title: String,
    /// The status of the answer.
    #[schema(example = 422)]
    pub status: u16,
    /// The stable code to branch on.
    #[schema(example = "validation_failed")]
    pub code: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// With `step_up_required`: the ways in which this account can show who it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, value_type = Vec<String>, example = json!(["password"]))]
    pub methods: Vec<&'static str>,
    /// The id under which this request is logged.
    pub request_id: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code.status() == http::StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The cause in the log and in reports is what failed itself, such as the store's error.
impl From<Fault> for Problem {
    #[track_caller]
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error @ (StoreError::Unavailable(_) | StoreError::Contention)) => Self::unavailable(error),
            Fault::Store(error) => Self::internal(error),
            Fault::Secret(error @ (SecretError::Unavailable { .. } | SecretError::Forbidden(_))) => {
                Self::unavailable(error)
            }
            Fault::Secret(error) => Self::internal(error),
            Fault::Sealing(error) => Self::internal(error),
            Fault::Bucket(error) => Self::internal(error),
            Fault::Internal(error) => Self::internal(error),
        }
    }
}

/// Documents, for OpenAPI, which codes an endpoint can answer with: `problems!(RegisterProblems: USERNAME_TAKEN, ...)`.
/// What every endpoint can answer with is added by itself, and so is what every JSON body can be answered with.
#[macro_export]
macro_rules! problems {
    ($(#[$doc:meta])* $name:ident: $($code:path),* $(,)?) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::response::Response>> {
                $crate::http::documented(&[$($code),*])
            }
        }
    };
}
