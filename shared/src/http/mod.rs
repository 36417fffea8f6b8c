//! HTTP: from the gateway's event to a handler and back.
//!
//! The way of a request: [`serve`] (the event) → `gate` (it becomes a request, or odd ones are refused) → [`serve`]
//! (slashes) → [`layers`] (panics, problems, headers, client keys, visits) → the router → extractors ([`body`],
//! [`caller`]) → the handler. A handler parses, calls the domain, presents.

pub mod body;
pub mod caller;
mod change;
mod client_key;
mod code;
pub(crate) mod conditional;
pub mod cookies;
pub mod csrf;
mod declared;
mod documented;
mod event;
mod fields;
mod gate;
pub mod layers;
mod lenient;
pub mod page;
mod problem;
pub mod rate;
mod report;
pub mod routes;
pub mod serve;
pub mod source;

pub use body::Json;
pub use change::{Change, ReadOnly};
pub use code::{CODES, Code};
pub use documented::documented;
pub use fields::Fields;
pub use problem::{FieldError, Problem, ProblemDocument};
