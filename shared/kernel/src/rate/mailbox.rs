//! What strangers can have mailed to one email address.

use super::{Limit, Rate};

/// What strangers can have mailed to one email address, in two parts that never use up each other: mails that ask whether
/// an address agrees to something, and codes for its account. Otherwise a stranger who registers the address again and
/// again would keep the owner from a new password.
#[derive(Debug, Clone, Copy)]
pub struct MailboxLimits {
    /// Verification mails: two fifths.
    pub proofs: Limit,
    /// Codes and links for an account: the rest.
    pub codes: Limit,
}

impl MailboxLimits {
    /// The two parts of this sum.
    pub fn new(sum: Rate) -> Self {
        let proofs = sum.share(2, 5);
        Self { proofs: Limit::new("mailbox_proofs", proofs), codes: Limit::new("mailbox_codes", sum.less(proofs)) }
    }
}
