//! HTTP: from the gateway's event to a handler and back.
//!
//! The way of a request: `event` (it is read) → `gate` (odd ones are refused, `lambda_http` makes a request of it) →
//! `slash` (one at the end is cut off) → [`layers`] (panics, problems, headers, client keys, visits) → the router → extractors ([`body`],
//! [`caller`]) → the handler → `answer` (as the gateway reads it). A handler parses, calls the domain, presents.

mod answer;
pub mod body;
pub mod caller;
mod change;
pub mod client;
mod client_key;
mod code;
pub mod codes;
pub mod conditional;
pub mod csrf;
mod declared;
pub mod device;
mod documented;
mod event;
mod fields;
mod gate;
pub mod idempotency;
pub mod layers;
mod lenient;
pub mod origin;
pub mod page;
mod problem;
pub mod rate;
mod report;
pub mod routes;
pub mod serve;
mod slash;

pub use crate::config::http::{cookies, source};
pub use body::Json;
pub use change::{Change, ReadOnly};
pub use code::{Code, CodeShape};
pub(crate) use documented::document;
pub use documented::documented;
pub use fields::Fields;
pub use problem::{FieldError, Problem, ProblemDocument};

/// What [`codes!`](crate::codes) names where it is written.
#[doc(hidden)]
pub use ::http::StatusCode;
