//! The ids of accounts, registrations and consents.

use latchkey_kernel::ids;
use latchkey_kernel::secret::Digest;

ids! {
    /// One passkey of a person.
    PasskeyId,
    /// A person's account.
    AccountId,
    /// One time that a person agreed to something, or took it back.
    ConsentId,
    /// A registration whose address is not proven yet.
    RegistrationId,
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
