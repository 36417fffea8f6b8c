//! The ids of what waits for a second factor.

use crate::ids;

ids! {
    /// One sign-in that waits for a second factor.
    ChallengeId,
    /// One secret that was shown for an authenticator app and is no factor yet.
    TotpEnrolmentId,
}
