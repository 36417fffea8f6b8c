//! Identity: the domains of users, a folder each, on the kernel.
//!
//! [`accounts`] (who a user is), [`sessions`] (signing in and staying so), [`mfa`] (second factors), [`social`] (sign-in by
//! another service), [`audit`] (what happened to an account), [`privacy`] (export and erasure). [`webauthn`] verifies
//! passkeys. [`app`] puts their services together, and [`registry`] lists what each domain contributes. Rules live here;
//! the functions only parse, call and present.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod mfa;
pub mod privacy;
pub mod registry;
pub mod sessions;
pub mod social;
pub mod webauthn;
