//! Which of a person's items the factors' domain holds outside the person's partition.

use crate::dynamo::Entity;

/// Found through the account, whose list of factors names its passkeys.
pub const ENTITIES: &[Entity] = &[Entity::PasskeyClaim];
