//! What the kernel itself contributes.

use super::Domain;
use crate::http::rate;
use crate::{idempotency, mail, migrations, outbox, personal_data};

/// The kernel's own items, codes, metrics and variables.
#[expect(clippy::needless_update, reason = "the parts that the kernel has none of")]
pub const KERNEL: Domain = Domain {
    name: "kernel",
    entities: &[
        outbox::keys::ENTITIES,
        mail::keys::ENTITIES,
        migrations::keys::ENTITIES,
        personal_data::keys::ENTITIES,
        idempotency::keys::ENTITIES,
        rate::keys::ENTITIES,
    ],
    ..Domain::NONE
};
