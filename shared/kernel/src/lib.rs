//! The kernel of Latchkey: what would be the same in another product on this stack. It imports no domain; what it needs of
//! one is handed in, as a [`Domain`](domain::Domain) contributes it.
//!
//! From the bottom up: [`clock`], [`entropy`], [`id`], [`typed`] (text that people type); [`outbound`] (asking other
//! services), [`fault`], [`secret`], [`telemetry`], [`dynamo`], [`bucket`]; [`rate`] (limits and how they are counted),
//! [`config`], [`geo`]; [`kernel`] (what all that follows works with); [`http`], [`personal_data`], [`mail`], [`outbox`];
//! [`domain`], [`start`] (how a process starts).

/// The allocator of every process that is made of this crate (docs/decisions/allocator.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod bucket;
pub mod clock;
pub mod config;
pub mod domain;
pub mod dynamo;
pub mod entropy;
pub mod fault;
pub mod geo;
pub mod http;
pub mod id;
pub mod kernel;
pub mod mail;
pub mod outbound;
pub mod outbox;
pub mod personal_data;
pub mod rate;
pub mod secret;
pub mod start;
pub mod telemetry;
pub mod typed;
