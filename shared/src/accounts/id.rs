//! The ids of accounts, registrations and consents.

use crate::ids;

ids! {
    /// A person's account.
    AccountId,
    /// One time that a person agreed to something, or took it back.
    ConsentId,
    /// A registration whose address is not proven yet.
    RegistrationId,
}
