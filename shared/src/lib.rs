//! The domain crate of Latchkey.
//!
//! The kernel (what every domain uses): [`app`], [`brand`], [`bucket`], [`client`], [`clock`], [`config`], [`device`], [`domain`],
//! [`dynamo`], [`entropy`], [`geo`], [`http`], [`id`], [`idempotency`], [`kernel`], [`mail`], [`migrations`], [`origin`],
//! [`outbound`], [`outbox`], [`personal_data`],
//! [`resealing`], [`retention`], [`secret`], [`telemetry`], [`typed`], [`webauthn`]. The domains, a folder each: [`accounts`], [`audit`],
//! [`mfa`], [`privacy`], [`sessions`], [`social`]; [`registry`] lists them. Rules live here; the
//! functions only parse, call and present.

/// The allocator of every process that is made of this crate.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod accounts;
pub mod app;
pub mod audit;
pub mod brand;
pub mod bucket;
pub mod client;
pub mod clock;
pub mod config;
pub mod device;
pub mod domain;
pub mod dynamo;
pub mod entropy;
pub mod fault;
pub mod geo;
pub mod http;
pub mod id;
pub mod idempotency;
pub mod kernel;
pub mod mail;
pub mod mfa;
pub mod migrations;
pub mod origin;
pub mod outbound;
pub mod outbox;
pub mod personal_data;
pub mod privacy;
mod public_url;
pub mod registry;
pub mod resealing;
pub mod retention;
pub mod secret;
pub mod sessions;
pub mod social;
pub mod telemetry;
pub mod typed;
pub mod webauthn;
