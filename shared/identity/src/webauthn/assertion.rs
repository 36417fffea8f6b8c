//! Using a passkey: section 7.2.

use super::authenticator_data::AuthenticatorData;
use super::client_data::{Ceremony, Challenge, ClientData};
use super::{PublicKey, Refused, RelyingParty, UserVerification};
use latchkey_kernel::secret::Digest;

/// What a browser answers when a passkey was used.
#[derive(Debug)]
pub struct Assertion {
    pub(super) credential_id: Vec<u8>,
    pub(super) client_data: Vec<u8>,
    pub(super) authenticator_data: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) user_handle: Option<Vec<u8>>,
}

/// What is seen of a passkey when it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How often the authenticator says it was used; zero from those that do not count.
    pub sign_count: u32,
    /// Whether the passkey can be copied to other devices of its user. The standard has this settled when it is made (section
    /// 6.1.3) and refuses one that changes; but password managers have changed it in an update, for passkeys that were
    /// there, and kept their users out. The signature is as good as before: the caller stores the new value and notes it.
    pub backup_eligible: bool,
    /// Whether it was.
    pub backed_up: bool,
}

impl Seen {
    /// Whether the count is not above the one from before: two authenticators may hold this passkey, and one of them
    /// not be its person's (step 22). Those that do not count say zero for ever.
    pub fn went_back(&self, before: u32) -> bool {
        (self.sign_count, before) != (0, 0) && self.sign_count <= before
    }
}

impl Assertion {
    /// The id of the passkey that was used.
    pub fn credential_id(&self) -> &[u8] {
        &self.credential_id
    }

    /// Whose passkey the authenticator says it is, if it says so.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.user_handle.as_deref()
    }

    /// Whether the authenticator says that it is a passkey of the user with this handle, or does not say (step 6).
    pub fn may_be_of(&self, handle: &[u8]) -> bool {
        self.user_handle().is_none_or(|named| named == handle)
    }

    /// The challenge that it answers; the caller finds out whether it is one of ours, and for what.
    pub fn challenge(&self) -> Result<Challenge, Refused> {
        ClientData::parse(&self.client_data)?.challenge()
    }

    /// Verifies it, but for the challenge, against the passkey that has its id.
    pub fn verify(
        &self,
        party: &RelyingParty,
        verification: UserVerification,
        key: &PublicKey,
    ) -> Result<Seen, Refused> {
        ClientData::parse(&self.client_data)?.check(Ceremony::Get, party)?;
        let data = AuthenticatorData::parse(&self.authenticator_data)?;
        data.check(party, verification)?;
        let client_data_hash = Digest::of(&self.client_data);
        let signed = [self.authenticator_data.as_slice(), client_data_hash.as_bytes()].concat();
        if !key.verifies(&signed, &self.signature) {
            return Err(Refused::Signature);
        }
        Ok(Seen {
            sign_count: data.sign_count,
            backup_eligible: data.is_backup_eligible(),
            backed_up: data.is_backed_up(),
        })
    }
}
