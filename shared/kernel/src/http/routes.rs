//! The routes of a function, in two readings: served, or documented.
//!
//! What an operation is in the OpenAPI document is built by code that is larger than the handler it tells of, and that
//! nobody asks of a function: the finished document lies beside the code. So a route carries that code as a closure.
//! The reading that serves drops it, and the linker with it; the reading that documents calls it
//! (docs/decisions/routes-without-documentation.md).

use std::collections::BTreeSet;
use std::marker::PhantomData;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};
use utoipa::Path;
use utoipa::openapi::path::Paths;
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::PathItemExt;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::documented::document_bodies;
use crate::kernel::Application;

/// What routes are read as: [`Served`], which serves them, or an [`OpenApiRouter`] whose document tells of them.
pub trait Routes: Sized {
    /// The state of the handlers: the application.
    type State: Application;

    /// No routes.
    #[must_use]
    fn new() -> Self;

    /// One path more, with the operations on it.
    #[must_use]
    fn routes<D: Document<Self::State>>(self, endpoint: Endpoint<Self::State, D>) -> Self;

    /// These routes and those.
    #[must_use]
    fn merge(self, other: Self) -> Self;
}

/// Routes that are served, and the paths of those that are there for any client.
pub struct Served<S> {
    router: Router<S>,
    open: BTreeSet<String>,
}

impl<S> Served<S> {
    pub(super) fn into_parts(self) -> (Router<S>, BTreeSet<String>) {
        (self.router, self.open)
    }
}

impl<S> From<Router<S>> for Served<S> {
    fn from(router: Router<S>) -> Self {
        Self { router, open: BTreeSet::new() }
    }
}

impl<S: Application> Routes for Served<S> {
    type State = S;

    fn new() -> Self {
        Self { router: Router::new(), open: BTreeSet::new() }
    }

    fn routes<D: Document<S>>(mut self, endpoint: Endpoint<S, D>) -> Self {
        if endpoint.open {
            self.open.insert(endpoint.path.clone());
        }
        Self { router: self.router.route(&endpoint.path, endpoint.served), ..self }
    }

    fn merge(mut self, other: Self) -> Self {
        self.open.extend(other.open);
        Self { router: self.router.merge(other.router), ..self }
    }
}

impl<S: Application> Routes for OpenApiRouter<S> {
    type State = S;

    fn new() -> Self {
        Self::new()
    }

    fn routes<D: Document<S>>(self, endpoint: Endpoint<S, D>) -> Self {
        let Documentation { schemas, paths } = (endpoint.documented)(StateType::new());
        self.routes((schemas, paths, endpoint.served))
    }

    fn merge(self, other: Self) -> Self {
        self.merge(other)
    }
}

/// The operations on one path, made by [`routes!`](crate::routes).
pub struct Endpoint<S, D> {
    path: String,
    served: MethodRouter<S>,
    open: bool,
    documented: D,
}

/// What operations on one path are in the OpenAPI document.
pub struct Documentation {
    /// The types that they name.
    pub schemas: Vec<(String, RefOr<Schema>)>,
    /// The operations.
    pub paths: Paths,
}

/// Builds the [`Documentation`] of operations whose handlers have this state.
pub trait Document<S>: FnOnce(StateType<S>) -> Documentation {}

impl<S, D: FnOnce(StateType<S>) -> Documentation> Document<S> for D {}

/// Which state a route's handlers have, for [`routes!`](crate::routes): a handler that takes none leaves it open.
pub struct StateType<S>(PhantomData<fn() -> S>);

impl<S: Application> StateType<S> {
    fn new() -> Self {
        Self(PhantomData)
    }

    /// What `utoipa_axum` makes of these handlers, and what their having a body adds to it.
    #[doc(hidden)]
    pub fn documentation(self, (schemas, mut paths, _): UtoipaMethodRouter<S>) -> Documentation {
        document_bodies(&mut paths);
        Documentation { schemas, paths }
    }
}

impl<S: Application, D: Document<S>> Endpoint<S, D> {
    /// No operation yet, on the path of this one.
    #[doc(hidden)]
    pub fn at<P: Path>(documented: D) -> Self {
        Self { path: P::path(), served: MethodRouter::new(), open: false, documented }
    }

    /// Serves one operation with its handler.
    #[doc(hidden)]
    #[must_use]
    pub fn with<P: Path, H: Handler<T, S>, T: 'static>(mut self, handler: H) -> Self {
        let methods = P::methods().iter().map(PathItemExt::to_method_filter).reduce(MethodFilter::or);
        if let Some(methods) = methods {
            self.served = self.served.on(methods, handler);
        }
        self
    }

    /// What the document says of the operations.
    pub fn document(self) -> Documentation {
        (self.documented)(StateType::new())
    }

    /// Changes how the operations are served.
    #[must_use]
    pub(crate) fn served_by(mut self, change: impl FnOnce(MethodRouter<S>) -> MethodRouter<S>) -> Self {
        self.served = change(self.served);
        self
    }

    /// Serves them for any client.
    #[must_use]
    pub(crate) fn opened(self) -> Self {
        Self { open: true, ..self }
    }

    /// Changes what the document says of them.
    pub(crate) fn documented_as(self, change: impl FnOnce(&mut Documentation)) -> Endpoint<S, impl Document<S>> {
        let documented = self.documented;
        Endpoint {
            path: self.path,
            served: self.served,
            open: self.open,
            documented: move |state| {
                let mut documentation = documented(state);
                change(&mut documentation);
                documentation
            },
        }
    }
}

/// The handlers of one path, each written `file::handler` and described by `#[utoipa::path]`, for [`Routes::routes`].
#[macro_export]
macro_rules! routes {
    ($file:ident::$handler:ident $(, $more_file:ident::$more:ident)* $(,)?) => {
        $crate::http::routes::names::paste! {
            $crate::http::routes::Endpoint::at::<$file::[<__path_ $handler>]>(
                |state: $crate::http::routes::StateType<_>| {
                    state.documentation($crate::http::routes::names::routes!($file::$handler $(, $more_file::$more)*))
                },
            )
            .with::<$file::[<__path_ $handler>], _, _>($file::$handler)
            $(.with::<$more_file::[<__path_ $more>], _, _>($more_file::$more))*
        }
    };
}

/// What [`routes!`](crate::routes) names where it is written.
#[doc(hidden)]
pub mod names {
    pub use pastey::paste;
    pub use utoipa_axum::routes;
}
