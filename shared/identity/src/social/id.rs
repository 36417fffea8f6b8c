//! The ids of visits to providers, and of the accounts that users have with them.

use latchkey_kernel::ids;

ids! {
    /// One visit of a browser to a provider.
    ProviderVisitId,
    /// A person's account with a provider.
    SocialLinkId,
}
