//! Which of a person's items the audit domain holds outside the person's partition.

use crate::dynamo::Entity;

/// Found by the person's id and the months since the account came into being.
pub const ENTITIES: &[Entity] = &[Entity::AuditEvent];
