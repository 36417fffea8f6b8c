//! Tokens and cursors: nothing that was not handed out is taken for something that was, and no text has two readings.

#![no_main]

use std::sync::{Arc, LazyLock};

use latchkey_identity::accounts::AccountId;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::http::page::{List, PageQuery};
use latchkey_kernel::secret::{Code, Macs, MacsMaterial, TagKeys};
use latchkey_identity::sessions::{DeviceToken, EndLink, RefreshTokens, SessionId};
use libfuzzer_sys::fuzz_target;

/// What the server has handed out: one refresh token and one cursor, under keys of this process.
struct Server {
    keys: TagKeys,
    refresh_tokens: RefreshTokens,
    refresh_token: String,
    cursor: String,
}

const LIST: List<'_> = List { name: "sessions", owner: &[7; 16] };

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let entropy = Entropy::operating_system();
    let now = Timestamp::from_millisecond(1_772_443_800_000).expect("an instant");
    let macs = Macs::new(MacsMaterial::generate(&entropy, now)).expect("fresh material has a key");
    let keys = TagKeys::new(Arc::new(macs), now);
    let refresh_tokens = RefreshTokens::new(&keys);
    let token = refresh_tokens.first(AccountId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]), &entropy);
    let cursor = LIST.cursor(&[3; 16], &keys).expect("there is a key");
    Server { refresh_token: token.reveal().to_string(), refresh_tokens, cursor, keys }
});

fuzz_target!(|input: (&str, u8, u8)| {
    let (text, at, byte) = input;
    let server = &*SERVER;
    // Both what the fuzzer made up, and what was handed out with one byte changed.
    for (handed_out, prefix) in [(&server.refresh_token, true), (&server.cursor, false)] {
        let mut bytes = handed_out.clone().into_bytes();
        let place = usize::from(at) % bytes.len();
        bytes[place] = byte;
        for tried in [text.to_owned(), String::from_utf8_lossy(&bytes).into_owned()] {
            let accepted = if prefix {
                server.refresh_tokens.parse(&tried).is_some()
            } else {
                PageQuery { limit: None, cursor: Some(tried.clone()) }.place(&LIST, &server.keys).is_ok()
            };
            assert_eq!(accepted, tried == *handed_out, "{tried:?}");
        }
    }
    if let Ok(token) = DeviceToken::parse(text) {
        assert!(text.contains(&token.reveal()), "a token has one text, whatever sentence it stands in");
        assert!(EndLink::parse(text).is_err(), "a token is of one kind");
    }
    if let Ok(link) = EndLink::parse(text) {
        assert!(text.contains(&link.reveal()), "a token has one text, whatever sentence it stands in");
    }
    if let Some(code) = Code::parse(text) {
        let digits = code.reveal();
        assert!(digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_digit()), "{digits:?}");
    }
});
