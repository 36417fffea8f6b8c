//! What a route declares of itself besides its rule: that it counts for nobody, that it counts its visits, that its GET acts, that people
//! look at it, that it needs no client key. A word behind its `routes!(…)` in the function's `lib.rs`; exemptions also give their reason, which the
//! OpenAPI document tells.

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::StatusCode;
use utoipa::openapi::path::Operation;

use super::routes::{Document, Documentation, Endpoint};
use super::{Problem, rate};
use crate::kernel::{Application, Kernel};

/// The extension of an operation that no limit counts.
const RATE_LIMIT: &str = "x-rate-limit";
/// The extension of an operation whose `GET` acts: what `HEAD` is answered.
const HEAD: &str = "x-head";
/// The extension of an operation that needs no client key.
const CLIENT_KEY: &str = "x-client-key";

impl<S: Application, D: Document<S>> Endpoint<S, D> {
    /// Its `GET` is for anybody, and no rule stands behind it that would count: a layer does.
    #[must_use]
    pub fn counts_visits(self) -> Self {
        self.served_by(|served| served.layer(from_fn(rate::count_visit)))
    }

    /// Its `GET` does something: it notes that a file was fetched, or leads a browser on its way. Whoever only asks with
    /// `HEAD` what a `GET` would answer (a program that follows links, a monitor) is told this status by a layer, and
    /// nothing is done. A test looks for a `GET` that acts without this word.
    #[must_use]
    pub fn acts_on_get(self, status: StatusCode) -> Endpoint<S, impl Document<S>> {
        let answer = from_fn(move |request, next| rate::answer_head(status, request, next));
        self.served_by(|served| served.layer(answer)).documented_as(move |documentation| {
            for operation in operations(documentation) {
                declare(operation, HEAD, &format!("{}: nothing is looked up or done", status.as_u16()));
            }
        })
    }

    /// It is for people to look at, and so are its problems: this makes a page of one.
    #[must_use]
    pub fn shows_problems(self, show: fn(&Kernel, Problem) -> Response) -> Self {
        let shown = move |request: Request, next: Next| async move {
            let kernel = request.extensions().get::<Kernel>().cloned();
            let mut response = rate::answer_and_count(request, next).await;
            match kernel.zip(response.extensions_mut().remove::<Problem>()) {
                Some((kernel, problem)) => show(&kernel, problem),
                None => response,
            }
        };
        self.served_by(|served| served.layer(from_fn(shown)))
    }

    /// No limit counts its requests, for this reason.
    #[must_use]
    pub fn counts_for_nobody(self, reason: &'static str) -> Endpoint<S, impl Document<S>> {
        let uncounted = self.served_by(|served| served.layer(from_fn(rate::count_for_nobody)));
        uncounted.documented_as(move |documentation| {
            for operation in operations(documentation) {
                declare(operation, RATE_LIMIT, &format!("counts for nobody: {reason}"));
                operation.responses.responses.remove("429");
            }
        })
    }

    /// It answers clients that show no key, even where keys are configured, for this reason.
    #[must_use]
    pub fn open_to_any_client(self, reason: &'static str) -> Endpoint<S, impl Document<S>> {
        self.opened().documented_as(move |documentation| {
            for operation in operations(documentation) {
                declare(operation, CLIENT_KEY, &format!("not needed: {reason}"));
            }
        })
    }
}

fn operations(documentation: &mut Documentation) -> impl Iterator<Item = &mut Operation> {
    documentation.paths.paths.values_mut().flat_map(|path| {
        [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete].into_iter().flatten()
    })
}

fn declare(operation: &mut Operation, name: &str, what: &str) {
    operation.extensions.get_or_insert_default().insert(name.to_owned(), what.into());
}
