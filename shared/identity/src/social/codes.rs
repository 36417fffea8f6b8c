//! The error codes of signing in with a provider.

use latchkey_kernel::codes;

codes! {
    PROVIDER_TOKEN_INVALID = "provider_token_invalid", BAD_REQUEST, "The provider's token is not valid",
        "The access token, `id_token` or code is wrong, expired, spent, or made for another client; or it is of a kind that the provider cannot check.";
    ACCOUNT_NOT_LINKED = "account_not_linked", CONFLICT, "The account is not linked",
        "An account has the address that the provider tells, and the provider alone does not open it. Sign in to the account, and connect the provider there.";
    PROVIDER_CONNECTED = "provider_connected", CONFLICT, "The provider is connected already",
        "The account has another account of this provider. Disconnect that one first.";
    PROVIDER_TELLS_TOO_LITTLE = "provider_tells_too_little", CONFLICT, "The provider tells too little",
        "A new account needs a name, and the provider tells none. Register with a password, and connect the provider then.";
    SOCIAL_ACCOUNT_TAKEN = "social_account_taken", CONFLICT, "Somebody else has this account of the provider",
        "The account at the provider is connected to another account here.";
}
