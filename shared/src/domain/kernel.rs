//! What the kernel itself contributes.

use super::Domain;
use crate::config;

/// The kernel's own items, codes, metrics and variables.
#[expect(clippy::needless_update, reason = "the parts that the kernel has none of")]
pub const KERNEL: Domain = Domain { name: "kernel", config: config::SECTIONS, ..Domain::NONE };
