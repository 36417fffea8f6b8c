//! HMAC-SHA-256 (RFC 2104) over several parts that cannot run into each other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The MAC of `parts` under `key`. Each part is preceded by its length (eight bytes, big endian), so that
/// `("ab", "c")` and `("a", "bc")` differ; the first part by convention names the purpose.
#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "HMAC takes keys of every length")]
pub fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The same MAC as text, for keys and attributes: base64url without padding.
pub fn mac_text(key: &[u8; 32], parts: &[&[u8]]) -> String {
    URL_SAFE_NO_PAD.encode(mac(key, parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = [7; 32];
        assert_ne!(mac(&key, &[b"ab", b"c"]), mac(&key, &[b"a", b"bc"]));
        assert_ne!(mac(&key, &[b"ab"]), mac(&key, &[b"ab", b""]));
    }
}
