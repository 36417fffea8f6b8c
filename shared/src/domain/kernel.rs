//! What the kernel itself contributes.

use super::Domain;
use crate::kernel::Application;
use crate::migrations::SEED;
use crate::outbox::OutboxItem;
use crate::resealing::SealedKind;

impl<A: Application> Domain<A> {
    /// The kernel's own parts.
    pub const KERNEL: Self =
        Self { name: "kernel", sealed: &[SealedKind::of::<OutboxItem>()], migrations: &[SEED], ..Self::NONE };
}
