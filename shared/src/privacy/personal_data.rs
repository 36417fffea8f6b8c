//! Which of a person's items the privacy domain holds outside the person's partition.

use crate::dynamo::Entity;

/// None: data requests lie in their person's partition.
pub const ENTITIES: &[Entity] = &[];
