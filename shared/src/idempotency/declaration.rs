//! What a route says of `Idempotency-Key`, behind its `routes!(…)`: one word, which also stands in the OpenAPI document.

use std::convert::Infallible;

use axum::middleware::from_fn;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa_axum::router::UtoipaMethodRouter;

use super::layer;
use crate::app::App;
use crate::http::{Code, documented};

/// The extension of an operation that says what the header means to it.
const EXTENSION: &str = "x-idempotency-key";

/// What the POST of a route does with an `Idempotency-Key`. A test asks every route for one of these.
pub trait Declaration {
    /// It creates or mails: the same key and body get the same answer, and the act happens once.
    #[must_use]
    fn accepts_key(self) -> Self;

    /// It answers with tokens, which are not kept: a request with a key is a 400.
    #[must_use]
    fn refuses_key(self) -> Self;

    /// The header means nothing to it, for this reason.
    #[must_use]
    fn ignores_key(self, reason: &str) -> Self;
}

impl Declaration for UtoipaMethodRouter<App, Infallible> {
    fn accepts_key(mut self) -> Self {
        let mut signed_in = false;
        for operation in posts(&mut self) {
            signed_in |= operation.security.is_some();
            declare(operation, "accepted");
            operation.parameters.get_or_insert_default().push(RefOr::T(parameter().build()));
            document(operation, &[Code::IdempotencyKeyInvalid, Code::RequestInProgress, Code::IdempotencyKeyReused]);
        }
        let layer = from_fn(move |request, next| layer::accept(signed_in, request, next));
        (self.0, self.1, self.2.layer(layer))
    }

    fn refuses_key(mut self) -> Self {
        for operation in posts(&mut self) {
            declare(operation, "refused");
            document(operation, &[Code::IdempotencyKeyRefused]);
        }
        (self.0, self.1, self.2.layer(from_fn(layer::refuse)))
    }

    fn ignores_key(mut self, reason: &str) -> Self {
        for operation in posts(&mut self) {
            declare(operation, &format!("ignored: {reason}"));
        }
        self
    }
}

fn posts(route: &mut UtoipaMethodRouter<App, Infallible>) -> impl Iterator<Item = &mut Operation> {
    route.1.paths.values_mut().filter_map(|path| path.post.as_mut())
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

/// Adds codes to those that the operation documents itself.
fn document(operation: &mut Operation, codes: &[Code]) {
    for (status, added) in documented(codes) {
        let RefOr::T(added) = added else { continue };
        match operation.responses.responses.get_mut(&status) {
            Some(RefOr::T(known)) => {
                // Both name what every route can answer with.
                let mut lines: Vec<&str> = known.description.split("\n\n").collect();
                for line in added.description.split("\n\n") {
                    if !lines.contains(&line) {
                        lines.push(line);
                    }
                }
                known.description = lines.join("\n\n");
            }
            _ => drop(operation.responses.responses.insert(status, RefOr::T(added))),
        }
    }
}
