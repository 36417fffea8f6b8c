//! The error codes of signing in, tokens and sessions.

use latchkey_kernel::codes;

codes! {
    INVALID_CREDENTIALS = "invalid_credentials", UNAUTHORIZED, "The login or password is wrong",
        "No account has this login with this password; which of the two is wrong is not told. Of a passkey: nobody has it, or it does not answer a challenge that is good for signing in.";
    TOKEN_INVALID = "token_invalid", UNAUTHORIZED, "The token is not valid",
        "The access, refresh or MFA token is malformed, spent, expired, made for something else, or its session has ended. Refresh, or sign in again.",
        dead_credential: true;
    TOKEN_MISSING = "token_missing", UNAUTHORIZED, "A token is needed",
        "The route needs an access token, in `Authorization: Bearer` or as a cookie.";
    TOKEN_REUSED = "token_reused", UNAUTHORIZED, "The refresh token was used before",
        "A refresh token works once. An older one came back, so somebody may hold a copy: the session has been ended. Sign in again.",
        dead_credential: true;
    DELETION_PENDING = "deletion_pending", FORBIDDEN, "The account is going to be deleted",
        "Its person asked for that. Until then a session can only read `GET /api/auth/me` and the data requests, cancel the deletion with `DELETE /api/auth/data-requests/{id}`, and sign out.";
    STEP_UP_REQUIRED = "step_up_required", FORBIDDEN, "Show again who you are",
        "The act needs a password, second factor or code that was shown in the last five minutes. `methods` lists what `POST /api/auth/step-up` takes of this account; then repeat the request.";
    VERIFICATION_REQUIRED = "verification_required", FORBIDDEN, "The mail address is not confirmed yet",
        "The password is right, but the registration waits for the code or link that was mailed.";
}
