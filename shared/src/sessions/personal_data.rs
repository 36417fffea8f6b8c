//! Which of a person's items the sessions domain holds outside the person's partition.

use crate::dynamo::Entity;

/// None: sessions lie in their person's partition.
pub const ENTITIES: &[Entity] = &[];
