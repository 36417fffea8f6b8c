//! Mail: what a mail is, how it is rendered, how it is handed to SES.

mod feedback;
pub mod keys;
mod overrides;
mod render;
mod send;
mod suppression;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use feedback::Feedback;
pub use render::{Renderer, Template};
pub use send::{SEND_TIMEOUT, SendError, Sender};
pub use suppression::{BELIEVED_FOR, suppression_key, suppression_mac, suppression_of};
pub use suppression::{Suppression, SuppressionReason, lift, suppression};

/// What a mail says: a template and the values for it. Each domain has a type per mail.
pub trait Content {
    /// The template, by the name of its files.
    const TEMPLATE: &'static str;

    /// The template's values. They may hold codes and links, so they are sealed wherever they wait.
    fn values(&self) -> Value;
}

/// A mail that was decided on, as the outbox keeps it: sealed.
#[derive(Serialize, Deserialize)]
pub struct Mail {
    /// The address it goes to, its domain in ASCII; empty if it goes to nobody.
    pub to: String,
    /// The MAC of the address, by which it would be known that nothing is sent there: who sends mails has no key to make
    /// it. Empty in a mail that an older version wrote.
    #[serde(default)]
    pub suppressed_by: String,
    /// The name of its template.
    pub template: String,
    /// The values for the template.
    pub values: Value,
}

/// A mail as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The owner's templates that should have made it and could not.
    pub broken: BTreeSet<String>,
}
