//! What the kernel itself contributes.

use super::Domain;
use crate::config;
use crate::dynamo::migrations;
use crate::dynamo::migrations::SEED;
use crate::dynamo::resealing::SealedKind;
use crate::http::{codes, idempotency};
use crate::kernel::Application;
use crate::outbox::OutboxItem;
use crate::personal_data::retention::{RemovedBy, Rule};
use crate::rate;
use crate::telemetry::metrics;
use crate::{mail, outbox, personal_data};

impl<A: Application> Domain<A> {
    /// The kernel's own parts.
    pub const KERNEL: Self = Self {
        name: "kernel",
        entities: &[
            outbox::keys::ENTITIES,
            mail::keys::ENTITIES,
            migrations::keys::ENTITIES,
            personal_data::keys::ENTITIES,
            idempotency::keys::ENTITIES,
            rate::keys::ENTITIES,
        ],
        sealed: &[SealedKind::of::<OutboxItem>()],
        migrations: &[SEED],
        config: config::SECTIONS,
        codes: codes::CODES,
        metrics: metrics::METRICS,
        retention: Self::RETENTION,
        ..Self::NONE
    };
}

impl<A: Application> Domain<A> {
    const RETENTION: &[Rule<A>] = &[
        Rule {
            what: "Addresses that bounce or complained, as a MAC",
            period: |_| crate::mail::BELIEVED_FOR,
            counted_from: "the last report",
            variable: None,
            removed_by: RemovedBy::DynamoDb,
        },
        Rule {
            what: "Mails that could not be sent, sealed",
            period: |_| crate::outbox::KEPT,
            counted_from: "the last try",
            variable: None,
            removed_by: RemovedBy::DynamoDb,
        },
    ];
}
