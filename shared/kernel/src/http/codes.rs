//! The error codes of the kernel: what any route can answer with, whatever it is about.

use crate::codes;
use crate::telemetry::metrics;

codes! {
    IDEMPOTENCY_KEY_INVALID = "idempotency_key_invalid", BAD_REQUEST, "The idempotency key cannot be read",
        "`Idempotency-Key` holds 1 to 255 visible ASCII characters, best a UUID, and stands once.";
    IDEMPOTENCY_KEY_REFUSED = "idempotency_key_refused", BAD_REQUEST, "This route takes no idempotency key",
        "The answer carries tokens, which are not kept to be told again. Send the request without `Idempotency-Key`.";
    MALFORMED_BODY = "malformed_body", BAD_REQUEST, "The body cannot be read",
        "The body is not the JSON (or form) it should be: a syntax error, invalid UTF-8, too deep, or empty.";
    MALFORMED_HEADERS = "malformed_headers", BAD_REQUEST, "A header cannot be read",
        "A name or value is none that a header may have: a control character in it, for instance.";
    MALFORMED_TARGET = "malformed_target", BAD_REQUEST, "The path or query cannot be read",
        "The method, path or query holds what no client should send: dot segments, double slashes, backslashes, control or undecodable characters.";
    CSRF_FAILED = "csrf_failed", FORBIDDEN, "The request may not be its sender's will",
        "In cookie mode a request that changes something needs the header `X-XSRF-TOKEN` with the `csrf_token` of its session, and an `Origin` that is configured; signing in needs the origin alone.";
    NOT_FOUND = "not_found", NOT_FOUND, "There is nothing here",
        "No route has this path, or the object does not exist or is somebody else's.";
    METHOD_NOT_ALLOWED = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here",
        "The path exists, but not with this method; `Allow` lists those it takes.";
    REQUEST_IN_PROGRESS = "request_in_progress", CONFLICT, "The request is being carried out",
        "Another request with this `Idempotency-Key` is at it. Send it again after `Retry-After` seconds for the answer.";
    BODY_TOO_LARGE = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "Bodies hold at most 64 KB.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not supported",
        "The body must be sent as `Content-Type: application/json`.";
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The idempotency key belongs to another request",
        "The same `Idempotency-Key` came with another body within 24 hours. A new request needs a new key.";
    INVALID_BODY = "invalid_body", UNPROCESSABLE_ENTITY, "The body does not fit",
        "A field is missing, unknown, repeated or of the wrong type; `errors` points at it.";
    VALIDATION_FAILED = "validation_failed", UNPROCESSABLE_ENTITY, "A field is not valid",
        "A field has the right type but cannot be accepted; `errors` points at each and says why.";
    RATE_LIMITED = "rate_limited", TOO_MANY_REQUESTS, "Too many requests",
        "The limit of this operation is used up. Try again after `Retry-After` seconds.",
        metric: Some(metrics::RATE_LIMITED);
    HEADERS_TOO_LARGE = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large",
        "All headers together hold at most 10,240 bytes. A browser that sends more should forget this site's cookies.";
    INTERNAL_ERROR = "internal_error", INTERNAL_SERVER_ERROR, "Something went wrong",
        "The fault is ours and is logged under `request_id`.";
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "The service is not available right now",
        "Something this service depends on does not answer. Nothing was half done; try again after `Retry-After` seconds.";
}
