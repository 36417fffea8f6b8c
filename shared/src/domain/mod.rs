//! What a domain is made of: each contributes its items, error codes, mails and so on from its own folder, as one
//! [`Domain`]. The registry of a crate lists them, one line a domain, and hands each part to the code that works on it.

mod clashes;
mod kernel;

pub use clashes::clashing_entities;
pub use kernel::KERNEL;

use crate::dynamo::EntityShape;

/// What one domain contributes. A domain's `domain.rs` names the fields that it has, and takes the rest from
/// [`Domain::NONE`].
///
/// Every `DOMAIN` is a `const`: a binary that asks for the error codes alone links no mail template.
#[derive(Clone, Copy)]
pub struct Domain {
    /// The name of its folder.
    pub name: &'static str,
    /// Its kinds of items, one list for each of its `keys.rs`.
    pub entities: &'static [&'static [EntityShape]],
}

impl Domain {
    /// A domain that contributes nothing.
    pub const NONE: Self = Self { name: "", entities: &[] };
}
