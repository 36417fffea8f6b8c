//! Writes what the routers alone decide: the OpenAPI document, its page, and the routes of the template.
//!
//! It knows nothing of the tests, which read these files when they run: written before the tests start, they need no second
//! run. The suite `documents` compares them as well, and writes all other generated files.

mod files;
mod functions;
mod names;
#[expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a document of another shape is a mistake here or in utoipa: the program stops"
)]
mod openapi;
#[expect(clippy::indexing_slicing, reason = "what a JSON value lacks is null when it is only read")]
#[expect(clippy::unwrap_used, reason = "a string takes whatever is written to it")]
mod page;
mod routes;
mod template;

pub use files::{read, replace, root};
pub use functions::{Function, every_route, front, functions};
pub use openapi::openapi;

use routes::Routes;

/// The document of all functions.
pub const OPENAPI: &str = "docs/generated/openapi.json";
/// The document as a page for people.
pub const PAGE: &str = "docs/generated/api.html";
/// The template, of which the routes are generated.
pub const TEMPLATE: &str = "infra/template.yaml";

/// Why nothing is generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The published document is no JSON.
    #[error("{OPENAPI} is no JSON: {0}")]
    Document(#[from] serde_json::Error),
    /// The template has no place for the routes.
    #[error("{TEMPLATE} lacks the line `{0}`: the routes are written between two marks")]
    Mark(&'static str),
    /// Two functions have paths that one route would catch.
    #[error("`{key}` would lead to `{first}` and to `{second}`: move the paths of one of them")]
    Shared {
        /// The route key.
        key: String,
        /// One of the functions.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// Two routes would have one logical id.
    #[error(
        "two routes would be called {id}, `{first}` and `{second}`: name one of them in infra/generate/src/names.rs"
    )]
    SameName {
        /// The logical id.
        id: String,
        /// The key of one route.
        first: String,
        /// The key of the other.
        second: String,
    },
}

/// A file as it should be.
#[derive(Debug)]
pub struct Generated {
    /// Its path from the repository's root.
    pub path: &'static str,
    /// What stands in it.
    pub text: String,
}

/// Every file that the routers alone decide, the template with its parts by hand as they are.
pub fn generated() -> Result<Vec<Generated>, Error> {
    let document = openapi(&serde_json::from_str(&read(OPENAPI)?)?);
    let routes = Routes::of_the_api()?;
    Ok(vec![
        Generated { path: OPENAPI, text: serde_json::to_string_pretty(&document)? + "\n" },
        Generated { path: PAGE, text: page::page(&document) },
        Generated { path: TEMPLATE, text: template::with_routes(&read(TEMPLATE)?, &routes)? },
    ])
}

/// The files of [`generated`] that are not as they should be.
pub fn stale() -> Result<Vec<Generated>, Error> {
    let mut stale = Vec::new();
    for file in generated()? {
        if read(file.path).ok().as_ref() != Some(&file.text) {
            stale.push(file);
        }
    }
    Ok(stale)
}
