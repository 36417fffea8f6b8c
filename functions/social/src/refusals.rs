//! How it is answered that a provider does not let somebody in.

use latchkey_identity::accounts::codes::{CODE_INVALID, SUSPENDED};
use latchkey_identity::social::codes::{ACCOUNT_NOT_LINKED, PROVIDER_TELLS_TOO_LITTLE, PROVIDER_TOKEN_INVALID};
use latchkey_identity::social::{EnterError, ProviderError};
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{FieldError, Problem};

/// The problem of a provider that names nobody.
pub(crate) fn of_provider(error: &ProviderError) -> Problem {
    match error {
        ProviderError::Unavailable(_) => Problem::unavailable(error.clone()),
        ProviderError::Refused(_) | ProviderError::Distrusted(_) | ProviderError::Unsupported => {
            Problem::new(PROVIDER_TOKEN_INVALID)
        }
    }
}

/// The problem of a person who does not come in.
pub(crate) fn of_entering(error: EnterError) -> Problem {
    match error {
        EnterError::Refused(refused) => refused.into(),
        EnterError::Spent => Problem::new(CODE_INVALID),
        EnterError::Suspended(_) => Problem::new(SUSPENDED),
        EnterError::NotLinked => Problem::new(ACCOUNT_NOT_LINKED),
        EnterError::Incomplete => Problem::new(PROVIDER_TELLS_TOO_LITTLE),
        EnterError::Failed(fault) => fault.into(),
    }
}

/// The problem of a page that nobody is led back to.
pub(crate) fn of_redirect(pointer: &str) -> Problem {
    let detail = "This address is not among those that the owner allows.";
    Problem::fields(VALIDATION_FAILED, vec![FieldError::new(pointer, "not_allowed", detail)])
}
