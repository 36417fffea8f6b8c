//! Enrolling a passkey: section 7.1.

use super::attestation::Attestation;
use super::authenticator_data::AuthenticatorData;
use super::client_data::{Ceremony, Challenge, ClientData};
use super::{PublicKey, Refused, RelyingParty, UserVerification};
use latchkey_kernel::secret::Digest;

/// The most bytes of a credential's id (section 4).
const LONGEST_ID: usize = 1023;

/// What a browser answers when a passkey was made.
#[derive(Debug)]
pub struct Registration {
    pub(super) credential_id: Vec<u8>,
    pub(super) client_data: Vec<u8>,
    pub(super) attestation: Vec<u8>,
    pub(super) transports: Vec<String>,
}

/// A passkey that was made, verified.
#[derive(Debug)]
pub struct Registered {
    /// Its id, as the authenticator chose it.
    pub credential_id: Vec<u8>,
    /// Its key.
    pub public_key: PublicKey,
    /// How often the authenticator says it was used.
    pub sign_count: u32,
    /// Whether it can be copied to other devices of its person.
    pub backup_eligible: bool,
    /// Whether it was.
    pub backed_up: bool,
    /// The model of the authenticator, by its own word; zeros where it does not say.
    pub aaguid: [u8; 16],
    /// How browsers reach the authenticator.
    pub transports: Vec<String>,
}

impl Registration {
    /// The challenge that it answers; the caller finds out whether it is one of ours, and for whom.
    pub fn challenge(&self) -> Result<Challenge, Refused> {
        ClientData::parse(&self.client_data)?.challenge()
    }

    /// Verifies it, but for the challenge.
    pub fn verify(self, party: &RelyingParty, verification: UserVerification) -> Result<Registered, Refused> {
        ClientData::parse(&self.client_data)?.check(Ceremony::Create, party)?;
        let attestation = Attestation::parse(&self.attestation)?;
        let data = AuthenticatorData::parse(&attestation.authenticator_data)?;
        data.check(party, verification)?;
        let made = data.attested.as_ref().ok_or(Refused::Malformed)?;
        if made.credential_id != self.credential_id || !(1..=LONGEST_ID).contains(&made.credential_id.len()) {
            return Err(Refused::Malformed);
        }
        let public_key = PublicKey::parse(made.public_key)?;
        attestation.check(&public_key, Digest::of(&self.client_data).as_bytes())?;
        Ok(Registered {
            public_key,
            sign_count: data.sign_count,
            backup_eligible: data.is_backup_eligible(),
            backed_up: data.is_backed_up(),
            aaguid: made.aaguid,
            credential_id: self.credential_id,
            transports: self.transports,
        })
    }
}
