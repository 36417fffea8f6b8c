//! A mail that was sent, as the inbox shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A mail as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The message id that the sender was told.
    pub id: String,
    /// Every recipient: To, Cc and Bcc, as written.
    pub to: Vec<String>,
    /// The sender, as written.
    pub from: String,
    /// The subject, decoded.
    pub subject: String,
    /// The text part, or empty.
    pub text: String,
    /// The HTML part, or empty.
    pub html: String,
    /// The headers the sender added, in their order.
    pub headers: Vec<Header>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// When it was accepted.
    pub sent_at: Timestamp,
}

/// One header of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name, as written.
    pub name: String,
    /// Its value, unfolded.
    pub value: String,
}

/// One attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its file name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes in base64.
    pub content: String,
}

impl Mail {
    /// Whether one of the recipients is this address; case and display names do not count.
    pub fn is_to(&self, address: &str) -> bool {
        self.to.iter().any(|recipient| bare(recipient).eq_ignore_ascii_case(address.trim()))
    }

    /// The value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
    }
}

impl Attachment {
    pub(super) fn new(name: &str, content_type: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), content_type: content_type.to_owned(), content: STANDARD.encode(bytes) }
    }
}

/// The address inside `Ada <ada@example.com>`.
pub(super) fn bare(address: &str) -> &str {
    match address.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end().trim_end_matches('>').trim(),
        None => address.trim(),
    }
}
