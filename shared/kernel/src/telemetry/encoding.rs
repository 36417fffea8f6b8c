//! Encodes what a terminal or a viewer of logs would act on.
//!
//! JSON escapes the control characters of ASCII alone. Of what it leaves as it is, some characters begin a line for some
//! readers (U+0085, U+2028, U+2029), some control a terminal (U+007F to U+009F) and some turn the order of what is read
//! (bidirectional controls). In a line of JSON they stand within strings only, so they can be escaped there (RFC 8259,
//! section 7) without knowing where.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{Result, Write};

use tracing_subscriber::fmt::MakeWriter;

/// A maker of writers, each of which encodes whole lines.
pub(super) struct Encoded<W>(pub(super) W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Encoded<W> {
    type Writer = Encoder<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Encoder(self.0.make_writer())
    }
}

/// A writer that is given whole lines.
pub(super) struct Encoder<W>(W);

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, line: &[u8]) -> Result<usize> {
        self.0.write_all(encode(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.0.flush()
    }
}

fn encode(line: &str) -> Cow<'_, str> {
    if !line.contains(acts) {
        return Cow::Borrowed(line);
    }
    let mut encoded = String::with_capacity(line.len() + 16);
    for character in line.chars() {
        if acts(character) {
            let _ = write!(encoded, "\\u{:04x}", u32::from(character));
        } else {
            encoded.push(character);
        }
    }
    Cow::Owned(encoded)
}

/// Whether a reader of the log might do something else than show it. None of these lies beyond U+FFFF.
fn acts(character: char) -> bool {
    matches!(character,
        '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
