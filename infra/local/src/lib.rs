//! The local cloud: what AWS does around the functions, on one machine.
//!
//! `infra/template.yaml` stays the one description of the system; this crate reads it and does what the services
//! named there would do. The library has no sockets and no clock of its own, so that the tests use the very same
//! routing, events, filters and retries in process; the binary adds listeners, children and files under `.local/`.
//! Why no emulator does it: docs/decisions/own-local-cloud.md.

pub mod authenticator;
pub mod buckets;
pub mod dynamodb;
pub mod gateway;
pub mod routing;
pub mod schedules;
pub mod ses;
pub mod streams;
pub mod template;
