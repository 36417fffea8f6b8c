//! What the browser says of a ceremony, in the bytes that the authenticator signs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::encoding::decode;
use super::{Refused, RelyingParty};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::secret::Digest;

/// 32 random bytes that are to be signed. Whoever is to sign them sees them, so they are no secret; but they are good
/// for one ceremony of one kind, and the store keeps a digest to find it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// A new one.
    pub fn generate(entropy: &Entropy) -> Self {
        Self(entropy.bytes())
    }

    /// As browsers take it: base64url without padding.
    pub fn encoded(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the store finds its ceremony by.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

/// For which of the two ceremonies client data were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    /// Enrolling a passkey.
    Create,
    /// Using one.
    Get,
}

/// The client data, read. Browsers add fields as the standard grows, so unknown ones are passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<String>,
}

impl ClientData {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        // The standard reads them by "UTF-8 decode", which passes over a byte order mark.
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        serde_json::from_slice(text).map_err(|_| Refused::Malformed)
    }

    /// The challenge that was signed, if it has the form of ours.
    pub(super) fn challenge(&self) -> Result<Challenge, Refused> {
        decode(&self.challenge)?.try_into().map(Challenge).map_err(|_| Refused::Malformed)
    }

    /// Steps 7 to 11 of section 7.1, and 10 to 14 of section 7.2, but for the challenge, which its caller has found.
    pub(super) fn check(&self, ceremony: Ceremony, party: &RelyingParty) -> Result<(), Refused> {
        let expected = match ceremony {
            Ceremony::Create => "webauthn.create",
            Ceremony::Get => "webauthn.get",
        };
        if self.kind != expected {
            return Err(Refused::Ceremony);
        }
        // None of our pages asks from within a frame of another site's.
        if !party.origins.contains(&self.origin) || self.cross_origin == Some(true) || self.top_origin.is_some() {
            return Err(Refused::Origin);
        }
        Ok(())
    }
}
