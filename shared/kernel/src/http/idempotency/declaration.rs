//! What a route says of `Idempotency-Key`, behind its `routes!(…)`: one word, which also stands in the OpenAPI document.

use axum::middleware::from_fn;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};

use super::caller::Caller;
use super::layer;
use crate::http::codes::{
    IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REFUSED, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_PROGRESS,
};
use crate::http::document;
use crate::http::routes::{Document, Documentation, Endpoint};
use crate::kernel::Application;

/// The extension of an operation that says what the header means to it.
const EXTENSION: &str = "x-idempotency-key";

/// What the POST of a route does with an `Idempotency-Key`. A test asks every route for one of these.
impl<S: Application, D: Document<S>> Endpoint<S, D> {
    /// It creates or mails: the same key and body of the same caller get the same answer, and the act happens once.
    #[must_use]
    pub fn accepts_key<C: Caller<S>>(self) -> Endpoint<S, impl Document<S>> {
        let layer = from_fn(|request, next| layer::accept::<S, C>(request, next));
        self.served_by(|served| served.layer(layer)).documented_as(move |documentation| {
            for operation in posts(documentation) {
                declare(operation, C::ACCEPTED);
                operation.parameters.get_or_insert_default().push(RefOr::T(parameter().build()));
                document(operation, &[IDEMPOTENCY_KEY_INVALID, REQUEST_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED]);
            }
        })
    }

    /// It answers with tokens, which are not kept: a request with a key is a 400.
    #[must_use]
    pub fn refuses_key(self) -> Endpoint<S, impl Document<S>> {
        self.served_by(|served| served.layer(from_fn(layer::refuse))).documented_as(|documentation| {
            for operation in posts(documentation) {
                declare(operation, "refused");
                document(operation, &[IDEMPOTENCY_KEY_REFUSED]);
            }
        })
    }

    /// The header means nothing to it, for this reason.
    #[must_use]
    pub fn ignores_key(self, reason: &'static str) -> Endpoint<S, impl Document<S>> {
        self.documented_as(move |documentation| {
            for operation in posts(documentation) {
                declare(operation, &format!("ignored: {reason}"));
            }
        })
    }
}

fn posts(documentation: &mut Documentation) -> impl Iterator<Item = &mut Operation> {
    documentation.paths.paths.values_mut().filter_map(|path| path.post.as_mut())
}

fn declare(operation: &mut Operation, what: &str) {
    operation.extensions.get_or_insert_default().insert(EXTENSION.to_owned(), what.into());
}

fn parameter() -> ParameterBuilder {
    let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(layer::LONGEST));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A name of this request, best a UUID. Sent again within 24 hours, with the same key and body, it is not \
             done again and gets the same answer, with `Idempotency-Replayed: true`.",
        ))
        .schema(Some(schema))
}
