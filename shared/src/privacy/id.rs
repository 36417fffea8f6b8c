//! The ids of data requests.

use crate::ids;

ids! {
    /// What a person asked us to do with their data.
    DataRequestId,
}
