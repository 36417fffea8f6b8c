//! The ids of second factors and of what waits for one. That of a passkey is not drawn but computed.

use crate::ids;
use crate::secret::Digest;

ids! {
    /// One sign-in that waits for a second factor.
    ChallengeId,
    /// One passkey of a person.
    PasskeyId,
    /// One secret that was shown for an authenticator app and is no factor yet.
    TotpEnrolmentId,
}

impl PasskeyId {
    /// The id of the passkey that its authenticator calls so: a `UUIDv8` (RFC 9562, section 5.8) of a SHA-256 digest. What a
    /// browser shows leads to the passkey without a further item, and whoever registers the same one anywhere meets its
    /// claim.
    pub fn of(credential_id: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(Digest::of(credential_id).as_bytes()).for_each(|(byte, drawn)| *byte = *drawn);
        Self::from_bytes(uuid::Builder::from_custom_bytes(bytes).into_uuid().into_bytes())
    }
}
