//! What this domain contributes.

use super::personal_data::Mfa;
use super::totp::TotpRow;
use super::{codes, config, events, keys, mails};
use crate::app::Domain;
use latchkey_kernel::dynamo::resealing::SealedKind;

/// The domain `mfa`.
pub const DOMAIN: Domain = Domain {
    name: "mfa",
    entities: &[keys::ENTITIES],
    config: config::SECTIONS,
    events: events::EVENTS,
    codes: codes::CODES,
    mails: &[mails::TEMPLATES],
    sealed: &[SealedKind::of::<TotpRow>()],
    personal_data: Some(&Mfa),
    ..Domain::NONE
};
