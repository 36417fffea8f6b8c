//! What is counted of data requests.

use latchkey_kernel::metrics;

metrics! {
    /// An export was packed and its link mailed.
    EXPORT_MADE = "ExportMade",
    /// A person was erased.
    ACCOUNT_ERASED = "AccountErased",
    /// A data request was given up; its person sees that it failed.
    DATA_REQUEST_FAILED = "DataRequestFailed",
}
