//! What a relying party verifies of a passkey: Web Authentication, Level 3, sections 7.1 and 7.2.
//!
//! Nothing here knows people, the store or the time: a challenge was found to be good before, and what comes out is kept
//! by the caller. The signatures are checked by aws-lc, which signs our own tokens and encrypts our connections, and the
//! keys are read by `coset`. What is left is the list of checks, and it is short because we ask for no attestation: an
//! authenticator's maker is nobody's whom we would trust more or less. A framework for all of the standard would bring
//! a second implementation of every curve, certificates to parse, and state of its own in the place of our challenges.
//!
//! Three algorithms are taken: ES256, which every authenticator has; Ed25519; and RS256, since some computers' own
//! authenticators have nothing else.

mod assertion;
mod attestation;
mod authenticator_data;
mod client_data;
mod encoding;
mod json;
mod public_key;
mod registration;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use assertion::{Assertion, Seen};
pub use client_data::Challenge;
pub use json::{AssertionJson, RegistrationJson, Unreadable};
pub use public_key::{ALGORITHMS, PublicKey};
pub use registration::{Registered, Registration};

/// Whose passkeys these are: what an authenticator binds them to, and on which pages a browser may use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The domain, such as `example.com`: an authenticator uses a passkey for the one that it was made for alone.
    pub id: String,
    /// The origins in full whose pages may ask for one. Compared as they stand: a subdomain is another origin.
    pub origins: Vec<String>,
}

/// Whether the authenticator must have verified who uses it, by a fingerprint, a face or a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserVerification {
    /// It must: the passkey is all that is shown.
    Required,
    /// It need not: a first factor was shown, and somebody touched the authenticator.
    Preferred,
}

impl UserVerification {
    /// The word that browsers are told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
        }
    }
}

/// Why what an authenticator says is not taken. Callers are not told which it was; the reason is for whoever looks for
/// a wrong configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not what the standard describes.
    #[error("it cannot be read")]
    Malformed,
    /// It was made for the other ceremony: to enrol and not to sign in, or the other way round.
    #[error("it is of another ceremony")]
    Ceremony,
    /// It was made on a page of an origin that is not configured, or in a frame on somebody else's.
    #[error("the origin is not configured")]
    Origin,
    /// It was made for another relying party.
    #[error("it is for another relying party")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("nobody was present")]
    NobodyPresent,
    /// The authenticator did not verify who touched it.
    #[error("the user was not verified")]
    NotVerified,
    /// What it says of backups contradicts itself.
    #[error("the backup flags contradict themselves")]
    Backup,
    /// The key is of an algorithm that was not asked for, or no key.
    #[error("the key is not one that was asked for")]
    Key,
    /// The new key's own word about itself is not true, or there is a statement under a format that has none.
    #[error("the attestation is wrong")]
    Attestation,
    /// The signature is not that of this passkey over this.
    #[error("the signature is wrong")]
    Signature,
}
