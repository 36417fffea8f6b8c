//! What is counted of signing in with a provider.

use latchkey_kernel::metrics;

metrics! {
    /// An `id_token` of a provider was shown that had let somebody in before.
    ID_TOKEN_REUSED = "IdTokenReused",
}
