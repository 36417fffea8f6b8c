//! The routes of a function, in two readings: served, or documented.
//!
//! What an operation is in the OpenAPI document is built by code that is larger than the handler it tells of, and that
//! nobody asks of a function: the finished document lies beside the code. So a route carries that code as a closure.
//! The reading that serves drops it, and the linker with it; the reading that documents calls it.

use std::collections::BTreeSet;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};
use utoipa::Path;
use utoipa::openapi::path::Paths;
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::PathItemExt;
use utoipa_axum::router::OpenApiRouter;

use super::documented::document_bodies;
use crate::app::App;

/// What routes are read as: [`Served`], which serves them, or an [`OpenApiRouter`] whose document tells of them.
pub trait Routes: Sized {
    /// No routes.
    #[must_use]
    fn new() -> Self;

    /// One path more, with the operations on it.
    #[must_use]
    fn routes<D: FnOnce() -> Documentation>(self, endpoint: Endpoint<D>) -> Self;

    /// These routes and those.
    #[must_use]
    fn merge(self, other: Self) -> Self;
}

/// Routes that are served, and the paths of those that are there for any client.
#[derive(Default)]
pub struct Served {
    router: Router<App>,
    open: BTreeSet<String>,
}

impl Served {
    pub(super) fn into_parts(self) -> (Router<App>, BTreeSet<String>) {
        (self.router, self.open)
    }
}

impl From<Router<App>> for Served {
    fn from(router: Router<App>) -> Self {
        Self { router, open: BTreeSet::new() }
    }
}

impl Routes for Served {
    fn new() -> Self {
        Self::default()
    }

    fn routes<D: FnOnce() -> Documentation>(mut self, endpoint: Endpoint<D>) -> Self {
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

impl Routes for OpenApiRouter<App> {
    fn new() -> Self {
        Self::new()
    }

    fn routes<D: FnOnce() -> Documentation>(self, endpoint: Endpoint<D>) -> Self {
        let Documentation { schemas, paths } = (endpoint.documented)();
        self.routes((schemas, paths, endpoint.served))
    }

    fn merge(self, other: Self) -> Self {
        self.merge(other)
    }
}

/// The operations on one path, made by [`routes!`](crate::routes).
pub struct Endpoint<D> {
    path: String,
    served: MethodRouter<App>,
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

impl Documentation {
    /// What is written of the operations, and what their having a body adds to it.
    #[doc(hidden)]
    pub fn of(schemas: Vec<(String, RefOr<Schema>)>, mut paths: Paths) -> Self {
        document_bodies(&mut paths);
        Self { schemas, paths }
    }
}

impl<D: FnOnce() -> Documentation> Endpoint<D> {
    /// No operation yet, on the path of this one.
    #[doc(hidden)]
    pub fn at<P: Path>(documented: D) -> Self {
        Self { path: P::path(), served: MethodRouter::new(), open: false, documented }
    }

    /// Serves one operation with its handler.
    #[doc(hidden)]
    #[must_use]
    pub fn with<P: Path, H: Handler<T, App>, T: 'static>(mut self, handler: H) -> Self {
        let methods = P::methods().iter().map(PathItemExt::to_method_filter).reduce(MethodFilter::or);
        if let Some(methods) = methods {
            self.served = self.served.on(methods, handler);
        }
        self
    }

    /// What the document says of the operations.
    pub fn document(self) -> Documentation {
        (self.documented)()
    }

    /// Changes how the operations are served.
    #[must_use]
    pub(crate) fn served_by(mut self, change: impl FnOnce(MethodRouter<App>) -> MethodRouter<App>) -> Self {
        self.served = change(self.served);
        self
    }

    /// Serves them for any client.
    #[must_use]
    pub(crate) fn opened(self) -> Self {
        Self { open: true, ..self }
    }

    /// Changes what the document says of them.
    pub(crate) fn documented_as(
        self,
        change: impl FnOnce(&mut Documentation),
    ) -> Endpoint<impl FnOnce() -> Documentation> {
        let documented = self.documented;
        Endpoint {
            path: self.path,
            served: self.served,
            open: self.open,
            documented: move || {
                let mut documentation = documented();
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
            $crate::http::routes::Endpoint::at::<$file::[<__path_ $handler>]>(|| {
                let (schemas, paths, _) = {
                    let documented: $crate::http::routes::names::Documented =
                        $crate::http::routes::names::routes!($file::$handler $(, $more_file::$more)*);
                    documented
                };
                $crate::http::routes::Documentation::of(schemas, paths)
            })
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

    /// An operation, served and documented.
    pub type Documented = utoipa_axum::router::UtoipaMethodRouter<crate::app::App>;
}
