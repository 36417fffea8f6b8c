//! API Gateway's half of a request: HTTP to payload 2.0 event, the function's answer to HTTP, and CORS.

pub mod answer;
pub mod cors;
pub mod event;

pub use answer::Answer;
pub use event::Incoming;
