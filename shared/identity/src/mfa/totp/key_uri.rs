//! The `otpauth://` URI by which an app learns a secret (the key URI format that authenticator apps share).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// What needs no escape anywhere in a URI (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// How much of the application's name apps show. With it and the longest address a QR code still holds the whole.
const ISSUER_LENGTH: usize = 32;

/// The URI of a secret (in base32), under the names that its person finds it by in the app.
pub(super) fn key_uri(issuer: &str, address: &str, secret: &str) -> Zeroizing<String> {
    let issuer: String = issuer.chars().take(ISSUER_LENGTH).collect();
    let (issuer, address) = (utf8_percent_encode(&issuer, ESCAPED), utf8_percent_encode(address, ESCAPED));
    Zeroizing::new(format!(
        "otpauth://totp/{issuer}:{address}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_breaks_out_of_its_place() {
        let uri = key_uri("Acme: R&D?", "ada+x@example.com", "GEZDGNBV");
        assert_eq!(
            uri.as_str(),
            "otpauth://totp/Acme%3A%20R%26D%3F:ada%2Bx%40example.com?secret=GEZDGNBV&issuer=Acme%3A%20R%26D%3F\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
