//! The error codes of accounts, and of the codes and links that are mailed to their addresses.

use super::metrics;
use latchkey_kernel::codes;

codes! {
    CODE_INVALID = "code_invalid", BAD_REQUEST, "The code or link is not valid",
        "The code, link or token is wrong, spent, expired or made for something else; which of these is not told. Ask for a new one.",
        metric: Some(metrics::CODE_WRONG);
    LAST_LOGIN_METHOD = "last_login_method", BAD_REQUEST, "It is the only way in",
        "Nothing else signs the person in. Set a password, connect another provider, or enrol another passkey, first.";
    PASSWORD_WRONG = "password_wrong", FORBIDDEN, "The password is wrong",
        "The password that came with the request is not the account's. Nothing was changed, and the session goes on.";
    SUSPENDED = "suspended", FORBIDDEN, "The account is suspended",
        "What was shown is right, but the operator has suspended the account: no one signs in to it until that is lifted.";
    NO_PROFILE = "no_profile", NOT_FOUND, "This account has no profile",
        "Accounts of staff and superusers have no profile.";
    PHONE_TAKEN = "phone_taken", CONFLICT, "The phone number is taken",
        "Another account has this number; numbers are unique whatever blanks they are written with.";
    USERNAME_TAKEN = "username_taken", CONFLICT, "The username is taken",
        "Usernames are public names and unique, and some are reserved. Choose another; a code that came with the request stays good.";
    PASSWORD_TOO_WEAK = "password_too_weak", UNPROCESSABLE_ENTITY, "The password is too weak",
        "The password can be guessed, or is known from a breach; `errors` says why and what would help.";
}
