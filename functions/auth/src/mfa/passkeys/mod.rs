//! `/api/auth/mfa/passkeys`: a person's passkeys.

pub(crate) mod enrol;
pub(crate) mod list;
pub(crate) mod look;
pub(crate) mod options;
pub(crate) mod options_answer;
pub(crate) mod remove;
pub(crate) mod rename;

use latchkey_identity::accounts::PasskeyId;
use latchkey_identity::mfa::passkeys::Passkey;
use latchkey_kernel::clock::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A passkey.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyView {
    /// Its id.
    id: PasskeyId,
    /// What the person calls it.
    #[schema(example = "Ada's phone")]
    name: String,
    /// Whether it can be copied to other devices of its person, as those in the care of a password manager can.
    backup_eligible: bool,
    /// Whether it was, when it was used last. One that was not is lost with its device.
    backed_up: bool,
    /// The model of its authenticator (AAGUID), by its own word; null where it does not say.
    #[schema(value_type = Option<String>, format = Uuid)]
    aaguid: Option<String>,
    /// When it was enrolled.
    created_at: Timestamp,
    /// When it was used last; null before the first time.
    last_used_at: Option<Timestamp>,
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name.as_str().to_owned(),
            backup_eligible: passkey.backup_eligible,
            backed_up: passkey.backed_up,
            aaguid: Some(passkey.aaguid).filter(|aaguid| !aaguid.is_nil()).map(|aaguid| aaguid.to_string()),
            created_at: passkey.added_at,
            last_used_at: passkey.last_used_at,
        }
    }
}
