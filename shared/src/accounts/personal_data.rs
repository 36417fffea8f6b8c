//! Which of a person's items the accounts domain holds outside the person's partition.

use crate::dynamo::Entity;

/// Found through the account: its address and its username name their claims.
pub const ENTITIES: &[Entity] = &[Entity::EmailClaim, Entity::UsernameClaim];
