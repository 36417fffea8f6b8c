//! The ids of what waits for a second factor.

use latchkey_kernel::ids;

ids! {
    /// One sign-in that waits for a second factor.
    ChallengeId,
    /// One secret that was shown for an authenticator app and is no factor yet.
    TotpEnrolmentId,
}
