//! `/api/auth/mfa`: a person's second factors.
//!
//! They stand in this function and not with the rest of a person's own account because enrolling one may answer with
//! tokens: this function alone holds the keys that sign them.

pub(crate) mod confirm_totp;
pub(crate) mod disable_totp;
pub(crate) mod enrol_totp;
mod enroller;
pub(crate) mod overview;
pub(crate) mod passkeys;
pub(crate) mod renew_recovery_codes;

use latchkey_identity::mfa::Proof;
use latchkey_identity::mfa::recovery_codes::RecoveryCode;
use latchkey_identity::mfa::totp::TotpCode;
use latchkey_identity::webauthn::AssertionJson;
use latchkey_kernel::http::{Fields, Problem};

/// Reads a second factor that stands in exactly one of these fields; none when what stands there cannot be right, which is
/// answered as if it were wrong.
pub(crate) fn proof(
    totp_code: Option<&str>,
    recovery_code: Option<&str>,
    passkey: Option<&AssertionJson>,
) -> Result<Option<Proof>, Problem> {
    match (totp_code, recovery_code, passkey) {
        (Some(code), None, None) => Ok(TotpCode::parse(code).map(Proof::Totp)),
        (None, Some(code), None) => Ok(RecoveryCode::parse(code).map(Proof::RecoveryCode)),
        (None, None, Some(assertion)) => Ok(assertion.read().ok().map(Proof::Passkey)),
        _ => {
            let mut fields = Fields::default();
            fields.refuse("/totp_code", "invalid", &"Give one of totp_code, recovery_code and passkey.");
            Err(fields.into())
        }
    }
}
