//! Which of a person's items the accounts domain holds outside the person's partition.

use crate::dynamo::Entity;

/// Found through the account: its address, those that it gave up, its username and its profile's number name their
/// claims, and its address what is left of the latest registration (which may be a stranger's, but then tells only a
/// password of theirs) and whether mail to it is suppressed.
pub const ENTITIES: &[Entity] =
    &[Entity::EmailClaim, Entity::UsernameClaim, Entity::PhoneClaim, Entity::PendingLogin, Entity::MailSuppression];
