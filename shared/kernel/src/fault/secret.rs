//! Why a secret cannot be used, and why a sealed value does not open.

/// Why a secret cannot be used. None of its content is shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SecretError {
    /// There is none, or it has no value yet.
    #[error("the secret {0} has no value; `latchkey-ops generate-secrets` creates what is missing")]
    Missing(String),
    /// It cannot be read or written now.
    #[error("the secret {name} is unavailable: {cause}")]
    Unavailable {
        /// The secret's name.
        name: String,
        /// What stood in the way.
        cause: String,
    },
    /// This process may not read it. Secrets Manager says the same of a secret that does not exist to whoever may read
    /// only certain ones.
    #[error("the secret {0} may not be read")]
    Forbidden(String),
    /// Its content is not what it should be.
    #[error("the secret {0} does not have the expected form")]
    Malformed(String),
}

/// Why a sealed value does not open.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// Sealed with a key that is not in the ring any more.
    #[error("sealed with key {0}, which is not in the ring")]
    UnknownKey(u32),
    /// Changed, or moved to another holder.
    #[error("the sealed value is damaged or belongs to something else")]
    Damaged,
}
