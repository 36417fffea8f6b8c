//! The error codes of data requests.

use latchkey_kernel::codes;

codes! {
    NOT_CANCELLABLE = "not_cancellable", CONFLICT, "The request cannot be cancelled",
        "It was cancelled before or carried out, or its grace is over.";
}
