//! What a route says of `Idempotency-Key`, behind its `routes!(…)`: one word, which also stands in the OpenAPI document.

use axum::middleware::from_fn;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};

use super::layer;
use crate::http::codes::{
    IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REFUSED, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_PROGRESS,
};
use crate::http::document;
use crate::http::routes::{Documentation, Endpoint};

/// The extension of an operation that says what the header means to it.
const EXTENSION: &str = "x-idempotency-key";

/// Who calls a route, and therefore whose its idempotency keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Anybody; the key is the source address's.
    Anybody,
    /// A person who is signed in; the key is that person's.
    SignedIn,
}

/// What the POST of a route does with an `Idempotency-Key`. A test asks every route for one of these.
impl<D: FnOnce() -> Documentation> Endpoint<D> {
    /// It creates or mails: the same key and body of the same caller get the same answer, and the act happens once.
    #[must_use]
    pub fn accepts_key(self, caller: Caller) -> Endpoint<impl FnOnce() -> Documentation> {
        let signed_in = caller == Caller::SignedIn;
        let layer = from_fn(move |request, next| layer::accept(signed_in, request, next));
        self.served_by(|served| served.layer(layer)).documented_as(move |documentation| {
            for operation in posts(documentation) {
                declare(operation, if signed_in { "accepted of a person" } else { "accepted" });
                operation.parameters.get_or_insert_default().push(RefOr::T(parameter().build()));
                document(operation, &[IDEMPOTENCY_KEY_INVALID, REQUEST_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED]);
            }
        })
    }

    /// It answers with tokens, which are not kept: a request with a key is a 400.
    #[must_use]
    pub fn refuses_key(self) -> Endpoint<impl FnOnce() -> Documentation> {
        self.served_by(|served| served.layer(from_fn(layer::refuse))).documented_as(|documentation| {
            for operation in posts(documentation) {
                declare(operation, "refused");
                document(operation, &[IDEMPOTENCY_KEY_REFUSED]);
            }
        })
    }

    /// The header means nothing to it, for this reason.
    #[must_use]
    pub fn ignores_key(self, reason: &'static str) -> Endpoint<impl FnOnce() -> Documentation> {
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
