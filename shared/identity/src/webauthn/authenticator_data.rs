//! What the authenticator says (section 6.1): for whom, who was there, how often, and, when it enrols, the new key.

use ciborium::Value;
use ciborium::de::from_reader_with_recursion_limit;

use super::{Refused, RelyingParty, UserVerification};
use latchkey_kernel::secret::Digest;

/// How deep CBOR of an authenticator may nest. Keys and extensions are two levels deep.
const DEPTH: usize = 8;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// Authenticator data, read.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    relying_party: [u8; 32],
    flags: u8,
    /// How often the authenticator says it was used; zero from those that do not count.
    pub(super) sign_count: u32,
    /// The passkey that was made, when one was.
    pub(super) attested: Option<AttestedCredential<'a>>,
}

/// A passkey that was made.
#[derive(Debug)]
pub(super) struct AttestedCredential<'a> {
    pub(super) aaguid: [u8; 16],
    pub(super) credential_id: &'a [u8],
    /// The COSE key, as it was sent.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads all of these bytes; one that is left over is one that nobody has checked.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Refused> {
        let (relying_party, rest) = bytes.split_first_chunk::<32>().ok_or(Refused::Malformed)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(Refused::Malformed)?;
        let (count, mut rest) = rest.split_first_chunk::<4>().ok_or(Refused::Malformed)?;
        let attested = if flags & ATTESTED == 0 { None } else { Some(AttestedCredential::take(&mut rest)?) };
        if flags & EXTENSIONS != 0 {
            let extensions = take_cbor(&mut rest)?;
            extensions.as_map().ok_or(Refused::Malformed)?;
        }
        if !rest.is_empty() {
            return Err(Refused::Malformed);
        }
        Ok(Self { relying_party: *relying_party, flags, sign_count: u32::from_be_bytes(*count), attested })
    }

    /// Whether the passkey can be copied to other devices of its person.
    pub(super) fn is_backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    /// Whether it was.
    pub(super) fn is_backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }

    /// Steps 14 to 18 of section 7.1, and 15 to 19 of section 7.2.
    pub(super) fn check(&self, party: &RelyingParty, verification: UserVerification) -> Result<(), Refused> {
        if !Digest::of(party.id.as_bytes()).is(&self.relying_party) {
            return Err(Refused::RelyingParty);
        }
        if self.flags & USER_PRESENT == 0 {
            return Err(Refused::NobodyPresent);
        }
        if verification == UserVerification::Required && self.flags & USER_VERIFIED == 0 {
            return Err(Refused::NotVerified);
        }
        if self.is_backed_up() && !self.is_backup_eligible() {
            return Err(Refused::Backup);
        }
        Ok(())
    }
}

impl<'a> AttestedCredential<'a> {
    fn take(rest: &mut &'a [u8]) -> Result<Self, Refused> {
        let (aaguid, after) = rest.split_first_chunk::<16>().ok_or(Refused::Malformed)?;
        let (length, after) = after.split_first_chunk::<2>().ok_or(Refused::Malformed)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (credential_id, after) = after.split_at_checked(length).ok_or(Refused::Malformed)?;
        let mut left = after;
        take_cbor(&mut left)?;
        let public_key = after.get(..after.len().saturating_sub(left.len())).ok_or(Refused::Malformed)?;
        *rest = left;
        Ok(Self { aaguid: *aaguid, credential_id, public_key })
    }
}

/// One CBOR value from the beginning of these bytes, which then begin after it.
pub(super) fn take_cbor(bytes: &mut &[u8]) -> Result<Value, Refused> {
    from_reader_with_recursion_limit(bytes, DEPTH).map_err(|_| Refused::Malformed)
}
