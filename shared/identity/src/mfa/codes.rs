//! The error codes of second factors and passkeys.

use crate::accounts::metrics::CODE_WRONG;
use latchkey_kernel::codes;

codes! {
    PASSKEY_INVALID = "passkey_invalid", BAD_REQUEST, "The passkey is not valid",
        "What the browser made does not fit: the challenge is spent, expired or was asked for elsewhere, the page's origin is not configured, or it is no new passkey whose user was verified; which of these is not told. Ask for new options.";
    SECOND_FACTOR_WRONG = "code_invalid", UNAUTHORIZED, "The code is not valid",
        "The second factor that was shown is wrong or was used before; for a passkey, ask for new options. `mfa_token` stays good for another try until it expires; ten failures in fifteen minutes lock all factors of the account.",
        metric: Some(CODE_WRONG);
    PASSKEY_MISSING = "passkey_missing", CONFLICT, "The account has no passkey",
        "There is none that could be shown. Show another factor, or enrol one with `POST /api/auth/mfa/passkeys/options`.";
    PASSKEY_TAKEN = "passkey_taken", CONFLICT, "The passkey is enrolled already",
        "This passkey is one of an account already, perhaps of this one.";
    SECOND_FACTOR_MISSING = "second_factor_missing", CONFLICT, "The account has no second factor",
        "Recovery codes stand in for a second factor. Enrol one first, with `POST /api/auth/mfa/totp` or `POST /api/auth/mfa/passkeys/options`.";
    TOO_MANY_PASSKEYS = "too_many_passkeys", CONFLICT, "The account has too many passkeys",
        "An account has at most ten. Remove one first.";
}
