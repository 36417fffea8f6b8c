//! Which of a person's items the audit domain holds outside the person's partition.
//!
//! An export tells each row as the own security log does. The log outlives the person, since it is also the record of
//! who did what to the system: after an erasure a row keeps time, event and outcome under an id that no account has any
//! more, and loses address, user agent, place and all that is told of the event. A policy that may only put can do that,
//! by putting the poorer row in the place of the richer one. Failed tries of unknown logins name nobody.

use crate::dynamo::Entity;

/// Found by the person's id and the months since the account came into being.
pub const ENTITIES: &[Entity] = &[Entity::AuditEvent];
