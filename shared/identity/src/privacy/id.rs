//! The ids of data requests.

use latchkey_kernel::ids;

ids! {
    /// What a person asked us to do with their data.
    DataRequestId,
}
