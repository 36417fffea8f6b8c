//! Base64 as clients write it.
//!
//! The standard says base64url without padding, and so do browsers' `toJSON()`. Libraries and native apps that build the
//! same JSON by hand also write the standard alphabet, padding and line breaks. All of them name the same bytes, and the
//! bytes are what is signed and compared; so any of them is read.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Refused;

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of a text in base64 or base64url, padded or not, on one line or several.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refused> {
    let url_safe: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        })
        .collect();
    ENGINE.decode(url_safe).map_err(|_| Refused::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_same_bytes_is_read() {
        for text in ["-_8", "-_8=", "+/8", "+/8=", "+_8", "+/\r\n8=\n"] {
            assert_eq!(decode(text), Ok(vec![0xFB, 0xFF]), "{text:?}");
        }
        assert_eq!(decode(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in ["-_8==", "=", "-", "-_9", "-_8*", "-_8=-", "é"] {
            assert_eq!(decode(text), Err(Refused::Malformed), "{text:?}");
        }
    }
}
