//! Which of a person's items the domain holds outside the person's partition.

use crate::dynamo::Entity;

/// Found through the person's links: each names its claim.
pub const ENTITIES: &[Entity] = &[Entity::SocialClaim];
