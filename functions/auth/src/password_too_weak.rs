//! The answer to a password that may not be set, whichever way it came.

use latchkey::accounts::Weakness;
use latchkey::http::{Code, FieldError, Problem};

/// The problem with the password in the field at `pointer`: the estimator's reasons.
pub(crate) fn password_too_weak(pointer: &str, weakness: Weakness) -> Problem {
    let reasons = weakness.reasons().into_iter().map(|(code, detail)| FieldError::new(pointer, code, detail));
    Problem::fields(Code::PasswordTooWeak, reasons.collect())
}
