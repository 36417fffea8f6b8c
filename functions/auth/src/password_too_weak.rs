//! The answer to a password that may not be set, whichever way it came.

use latchkey_identity::accounts::Weakness;
use latchkey_identity::accounts::codes::PASSWORD_TOO_WEAK;
use latchkey_kernel::http::{FieldError, Problem};

/// The problem with the password in the field at `pointer`: the estimator's reasons.
pub(crate) fn password_too_weak(pointer: &str, weakness: Weakness) -> Problem {
    let reasons = weakness.reasons().into_iter().map(|(code, detail)| FieldError::new(pointer, code, detail));
    Problem::fields(PASSWORD_TOO_WEAK, reasons.collect())
}
