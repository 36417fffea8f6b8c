//! How it is answered that a provider does not let somebody in.

use latchkey::http::{Code, FieldError, Problem};
use latchkey::social::{EnterError, ProviderError};

/// The problem of a provider that names nobody.
pub(crate) fn of_provider(error: &ProviderError) -> Problem {
    match error {
        ProviderError::Unavailable(_) => Problem::unavailable(error.clone()),
        ProviderError::Refused(_) | ProviderError::Distrusted(_) | ProviderError::Unsupported => {
            Problem::new(Code::ProviderTokenInvalid)
        }
    }
}

/// The problem of a person who does not come in.
pub(crate) fn of_entering(error: EnterError) -> Problem {
    match error {
        EnterError::Refused(refused) => refused.into(),
        EnterError::Spent => Problem::new(Code::CodeInvalid),
        EnterError::Suspended(_) => Problem::new(Code::Suspended),
        EnterError::NotLinked => Problem::new(Code::AccountNotLinked),
        EnterError::Incomplete => Problem::new(Code::ProviderTellsTooLittle),
        EnterError::Failed(fault) => fault.into(),
    }
}

/// The problem of a page that nobody is led back to.
pub(crate) fn of_redirect(pointer: &str) -> Problem {
    let detail = "This address is not among those that the owner allows.";
    Problem::fields(Code::ValidationFailed, vec![FieldError::new(pointer, "not_allowed", detail)])
}
