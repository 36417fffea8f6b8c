//! Nobody: what stands in for the account that a login does not have, so that the work is the same as for one that has.

use super::{AccountId, EmailAddress, Login};
use latchkey_kernel::secret::mac;

/// The id of an account that cannot exist, in place of the one that the login does not have. Each login has its own, so
/// that asking for many of them does not meet in one item.
pub fn nobody_behind(login: &Login, lookup_key: &[u8; 32]) -> AccountId {
    let (Login::Email(name) | Login::Username(name)) = login;
    let mut id = [0; 16];
    for (byte, drawn) in id.iter_mut().zip(mac(lookup_key, &[b"nobody/v1", name.as_bytes()])) {
        *byte = drawn;
    }
    AccountId::from_bytes(id)
}

/// The same for an address.
pub(crate) fn nobody_with(email: &EmailAddress, lookup_key: &[u8; 32]) -> AccountId {
    nobody_behind(&Login::Email(email.normalised()), lookup_key)
}
