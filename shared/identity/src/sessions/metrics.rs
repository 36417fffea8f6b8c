//! What is counted of signing in and sessions.

use latchkey_kernel::metrics;

metrics! {
    /// A refresh token came back that was used before; its session was ended.
    REFRESH_TOKEN_REUSED = "RefreshTokenReused",
    /// A session began.
    SIGN_IN = "SignIn",
    /// A password was wrong.
    SIGN_IN_FAILED = "SignInFailed",
}
