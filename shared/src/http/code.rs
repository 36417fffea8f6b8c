//! The catalogue of error codes: what callers branch on. `docs/generated/errors.md` is made from it.

use http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:ident, $title:literal, $meaning:literal;)*) => {
        /// A stable error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $meaning] $name,)*
        }

        /// Every code, by status and then by name.
        pub const CODES: &[Code] = &[$(Code::$name,)*];

        impl Code {
            /// The code as callers read it.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// The status it is answered with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// A short summary, the same for every occurrence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it means and what a caller can do about it.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    CodeInvalid = "code_invalid", BAD_REQUEST, "The code or link is not valid",
        "The code, link or token is wrong, spent, expired or made for something else; which of these is not told. Ask for a new one.";
    IdempotencyKeyInvalid = "idempotency_key_invalid", BAD_REQUEST, "The idempotency key cannot be read",
        "`Idempotency-Key` holds 1 to 255 visible ASCII characters, best a UUID, and stands once.";
    IdempotencyKeyRefused = "idempotency_key_refused", BAD_REQUEST, "This route takes no idempotency key",
        "The answer carries tokens, which are not kept to be told again. Send the request without `Idempotency-Key`.";
    LastLoginMethod = "last_login_method", BAD_REQUEST, "It is the only way in",
        "Nothing else signs the person in. Set a password, connect another provider, or enrol another passkey, first.";
    MalformedBody = "malformed_body", BAD_REQUEST, "The body cannot be read",
        "The body is not the JSON (or form) it should be: a syntax error, invalid UTF-8, too deep, or empty.";
    MalformedHeaders = "malformed_headers", BAD_REQUEST, "A header cannot be read",
        "A name or value is none that a header may have: a control character in it, for instance.";
    MalformedTarget = "malformed_target", BAD_REQUEST, "The path or query cannot be read",
        "The method, path or query holds what no client should send: dot segments, double slashes, backslashes, control or undecodable characters.";
    PasskeyInvalid = "passkey_invalid", BAD_REQUEST, "The passkey is not valid",
        "What the browser made does not fit: the challenge is spent, expired or was asked for elsewhere, the page's origin is not configured, or it is no new passkey whose user was verified; which of these is not told. Ask for new options.";
    ProviderTokenInvalid = "provider_token_invalid", BAD_REQUEST, "The provider's token is not valid",
        "The access token, `id_token` or code is wrong, expired, spent, or made for another client; or it is of a kind that the provider cannot check.";
    SecondFactorWrong = "code_invalid", UNAUTHORIZED, "The code is not valid",
        "The second factor that was shown is wrong or was used before; for a passkey, ask for new options. `mfa_token` stays good for another try until it expires; ten failures in fifteen minutes lock all factors of the account.";
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "The login or password is wrong",
        "No account has this login with this password; which of the two is wrong is not told. Of a passkey: nobody has it, or it does not answer a challenge that is good for signing in.";
    TokenInvalid = "token_invalid", UNAUTHORIZED, "The token is not valid",
        "The access, refresh or MFA token is malformed, spent, expired, made for something else, or its session has ended. Refresh, or sign in again.";
    TokenMissing = "token_missing", UNAUTHORIZED, "A token is needed",
        "The route needs an access token, in `Authorization: Bearer` or as a cookie.";
    TokenReused = "token_reused", UNAUTHORIZED, "The refresh token was used before",
        "A refresh token works once. An older one came back, so somebody may hold a copy: the session has been ended. Sign in again.";
    CsrfFailed = "csrf_failed", FORBIDDEN, "The request may not be its sender's will",
        "In cookie mode a request that changes something needs the header `X-XSRF-TOKEN` with the `csrf_token` of its session, and an `Origin` that is configured; signing in needs the origin alone.";
    DeletionPending = "deletion_pending", FORBIDDEN, "The account is going to be deleted",
        "Its person asked for that. Until then a session can only read `GET /api/auth/me` and the data requests, cancel the deletion with `DELETE /api/auth/data-requests/{id}`, and sign out.";
    PasswordWrong = "password_wrong", FORBIDDEN, "The password is wrong",
        "The password that came with the request is not the account's. Nothing was changed, and the session goes on.";
    StepUpRequired = "step_up_required", FORBIDDEN, "Show again who you are",
        "The act needs a password, second factor or code that was shown in the last five minutes. `methods` lists what `POST /api/auth/step-up` takes of this account; then repeat the request.";
    Suspended = "suspended", FORBIDDEN, "The account is suspended",
        "What was shown is right, but the operator has suspended the account: no one signs in to it until that is lifted.";
    VerificationRequired = "verification_required", FORBIDDEN, "The mail address is not confirmed yet",
        "The password is right, but the registration waits for the code or link that was mailed.";
    NoProfile = "no_profile", NOT_FOUND, "This account has no profile",
        "Accounts of staff and superusers have no profile.";
    NotFound = "not_found", NOT_FOUND, "There is nothing here",
        "No route has this path, or the object does not exist or is somebody else's.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here",
        "The path exists, but not with this method; `Allow` lists those it takes.";
    AccountNotLinked = "account_not_linked", CONFLICT, "The account is not linked",
        "An account has the address that the provider tells, and the provider alone does not open it. Sign in to the account, and connect the provider there.";
    NotCancellable = "not_cancellable", CONFLICT, "The request cannot be cancelled",
        "It was cancelled before or carried out, or its grace is over.";
    PasskeyMissing = "passkey_missing", CONFLICT, "The account has no passkey",
        "There is none that could be shown. Show another factor, or enrol one with `POST /api/auth/mfa/passkeys/options`.";
    PasskeyTaken = "passkey_taken", CONFLICT, "The passkey is enrolled already",
        "This passkey is one of an account already, perhaps of this one.";
    PhoneTaken = "phone_taken", CONFLICT, "The phone number is taken",
        "Another account has this number; numbers are unique whatever blanks they are written with.";
    ProviderConnected = "provider_connected", CONFLICT, "The provider is connected already",
        "The account has another account of this provider. Disconnect that one first.";
    ProviderTellsTooLittle = "provider_tells_too_little", CONFLICT, "The provider tells too little",
        "A new account needs a name, and the provider tells none. Register with a password, and connect the provider then.";
    RequestInProgress = "request_in_progress", CONFLICT, "The request is being carried out",
        "Another request with this `Idempotency-Key` is at it. Send it again after `Retry-After` seconds for the answer.";
    SecondFactorMissing = "second_factor_missing", CONFLICT, "The account has no second factor",
        "Recovery codes stand in for a second factor. Enrol one first, with `POST /api/auth/mfa/totp` or `POST /api/auth/mfa/passkeys/options`.";
    SocialAccountTaken = "social_account_taken", CONFLICT, "Somebody else has this account of the provider",
        "The account at the provider is connected to another account here.";
    TooManyPasskeys = "too_many_passkeys", CONFLICT, "The account has too many passkeys",
        "An account has at most ten. Remove one first.";
    UsernameTaken = "username_taken", CONFLICT, "The username is taken",
        "Usernames are public names and unique, and some are reserved. Choose another; a code that came with the request stays good.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "Bodies hold at most 64 KB.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not supported",
        "The body must be sent as `Content-Type: application/json`.";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The idempotency key belongs to another request",
        "The same `Idempotency-Key` came with another body within 24 hours. A new request needs a new key.";
    InvalidBody = "invalid_body", UNPROCESSABLE_ENTITY, "The body does not fit",
        "A field is missing, unknown, repeated or of the wrong type; `errors` points at it.";
    PasswordTooWeak = "password_too_weak", UNPROCESSABLE_ENTITY, "The password is too weak",
        "The password can be guessed, or is known from a breach; `errors` says why and what would help.";
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "A field is not valid",
        "A field has the right type but cannot be accepted; `errors` points at each and says why.";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many requests",
        "The limit of this operation is used up. Try again after `Retry-After` seconds.";
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large",
        "All headers together hold at most 10,240 bytes. A browser that sends more should forget this site's cookies.";
    Internal = "internal_error", INTERNAL_SERVER_ERROR, "Something went wrong",
        "The fault is ours and is logged under `request_id`.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service is not available right now",
        "Something this service depends on does not answer. Nothing was half done; try again after `Retry-After` seconds.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_stand_in_order() {
        let order: Vec<_> = CODES.iter().map(|code| (code.status().as_u16(), code.slug())).collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(order, sorted);
    }
}
