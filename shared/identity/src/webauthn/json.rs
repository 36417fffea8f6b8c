//! What browsers send, as `PublicKeyCredential.toJSON()` writes it (sections 5.1.8 and 5.1.9).
//!
//! These are the browser's objects and not ours: they grow with the standard, and some browsers repeat in them what the
//! signed bytes say. So unknown fields are passed over, and of all that is repeated only the signed bytes are believed.
//! Native apps write the same objects by hand: base64 is read in each of its spellings, and what may be left out may also
//! be `null`, and the user handle empty.

use serde::Deserialize;
use utoipa::ToSchema;

use super::encoding::decode;
use super::{Assertion, Refused, Registration};

/// How many ways to reach an authenticator are kept.
const MOST_TRANSPORTS: usize = 8;

/// A field is not base64, or the two ids differ. It is answered as if the passkey were wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the passkey's answer cannot be read")]
pub struct Unreadable;

/// A passkey that was made: `RegistrationResponseJSON`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationJson {
    /// The passkey's id, in base64url.
    id: String,
    /// The same.
    raw_id: String,
    /// Always `public-key`.
    #[serde(rename = "type")]
    #[schema(example = "public-key")]
    kind: String,
    /// What the authenticator made.
    response: AttestationResponseJson,
}

/// What the authenticator made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AttestationResponseJson {
    /// What the browser says of it, in base64url.
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    /// The passkey, in base64url.
    attestation_object: String,
    /// How browsers reach the authenticator.
    transports: Option<Vec<String>>,
}

/// A passkey that was used: `AuthenticationResponseJSON`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssertionJson {
    /// The passkey's id, in base64url.
    id: String,
    /// The same.
    raw_id: String,
    /// Always `public-key`.
    #[serde(rename = "type")]
    #[schema(example = "public-key")]
    kind: String,
    /// What the authenticator signed.
    response: AssertionResponseJson,
}

/// What the authenticator signed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssertionResponseJson {
    /// What the browser says of it, in base64url.
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    /// What the authenticator says, in base64url.
    authenticator_data: String,
    /// The signature over both, in base64url.
    signature: String,
    /// Whose passkey it is, in base64url, if the authenticator says so.
    user_handle: Option<String>,
}

impl RegistrationJson {
    /// Reads it.
    pub fn read(self) -> Result<Registration, Unreadable> {
        let known = |transport: &String| {
            transport.len() <= 16 && transport.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        Ok(Registration {
            credential_id: id(&self.kind, &self.id, &self.raw_id)?,
            client_data: decode(&self.response.client_data_json)?,
            attestation: decode(&self.response.attestation_object)?,
            transports: self
                .response
                .transports
                .unwrap_or_default()
                .into_iter()
                .filter(known)
                .take(MOST_TRANSPORTS)
                .collect(),
        })
    }
}

impl AssertionJson {
    /// Reads it.
    pub fn read(&self) -> Result<Assertion, Unreadable> {
        let AssertionResponseJson { client_data_json, authenticator_data, signature, user_handle } = &self.response;
        Ok(Assertion {
            credential_id: id(&self.kind, &self.id, &self.raw_id)?,
            client_data: decode(client_data_json)?,
            authenticator_data: decode(authenticator_data)?,
            signature: decode(signature)?,
            // An account's handle is never empty (section 5.4.3), so an empty one is none.
            user_handle: user_handle.as_deref().filter(|handle| !handle.is_empty()).map(decode).transpose()?,
        })
    }
}

/// The id, which stands twice and must name the same bytes.
fn id(kind: &str, id: &str, raw_id: &str) -> Result<Vec<u8>, Unreadable> {
    let (id, raw_id) = (decode(id)?, decode(raw_id)?);
    if kind == "public-key" && id == raw_id { Ok(raw_id) } else { Err(Unreadable) }
}

impl From<Refused> for Unreadable {
    fn from(_: Refused) -> Self {
        Self
    }
}
